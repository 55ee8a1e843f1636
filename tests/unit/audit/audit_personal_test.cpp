#include "common/text/redaction.hpp"
#include "domain/audit/audit_personal.hpp"
#include "domain/audit/audit_view.hpp"
#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// An entry about Ann as written, and the values stored next to it.
struct written {
  audit_entry entry;
  recorded_values values;
  std::size_t rows = 0;
};

written set_apart(std::string details) {
  audit_entry entry;
  entry.entry_id = {numbered(9)};
  entry.details.text = std::move(details);
  effects out;
  counted_ids ids;
  write_with_personal(out, {numbered(3)}, entry, ann_person.value, {"firstName", "lastName"}, ids);
  written result{entry, {}, out.writes.size() - 1};
  auto unquoted = [](std::string_view element) { return std::string{element.substr(1, element.size() - 2)}; };
  for (std::size_t i = 0; i < result.rows; ++i) {
    const auto& row = out.writes[i];
    result.values[unquoted(row.element(2))] = {unquoted(row.element(4)), unquoted(row.element(5))};
  }
  const auto& row = out.writes.back();
  REQUIRE(&row.table() == &spec_of<audit_entry>());
  auto element = unquoted(row.element(15));  // the details, quoted as an array element
  std::erase(element, '\\');
  result.entry.details.text = element;
  return result;
}

const std::string change =
    R"({"beforeState":{"firstName":"Ann","lastName":"Lee","version":1},"afterState":{"firstName":"Ann","lastName":"Ray","version":2}})";

}  // namespace

TEST_CASE("personal values: the entry has digests, and with what stands beside it reads as it was") {
  auto w = set_apart(change);
  CHECK(w.rows == 4);
  for (const auto* name : {"Ann", "Lee", "Ray"})
    CHECK(w.entry.details.text.find(name) == std::string::npos);
  CHECK(with_values(w.entry.details.text, w.values) == change);
  for (const auto& v : check_values(w.entry.details.text, w.values))
    CHECK(v.state == value_state::there);
  CHECK(check_values(w.entry.details.text, w.values).size() == 4);
}

TEST_CASE("personal values: what did not change can be seen not to have, also when it is erased") {
  using names = std::vector<std::string>;
  auto w = set_apart(change);
  CHECK(view_of(w.entry, false).changed_fields == names{"lastName", "version"});
  auto erased = view_of(w.entry, true);
  CHECK(erased.changed_fields == names{"lastName", "version"});
  CHECK(erased.payload->text.find(R"("lastName":{"erased":true})") != std::string::npos);
  CHECK(erased.payload->text.find(digest_member) == std::string::npos);
}

TEST_CASE("personal values: one that was changed, moved or taken away is noticed") {
  auto w = set_apart(change);
  auto state_of = [&](const recorded_values& values, std::string_view field) {
    for (const auto& v : check_values(w.entry.details.text, values))
      if (v.field == field) {
        CHECK(v.owner_id == ann_person.value);
        return v.state;
      }
    FAIL("no digest");
    return value_state::there;
  };
  auto changed = w.values;
  changed["afterState.lastName"].value = "Roy";
  CHECK(state_of(changed, "afterState.lastName") == value_state::changed);
  CHECK(state_of(changed, "beforeState.lastName") == value_state::there);
  auto moved = w.values;
  moved["afterState.lastName"] = w.values["afterState.firstName"];
  CHECK(state_of(moved, "afterState.lastName") == value_state::changed);
  auto gone = w.values;
  gone.erase("afterState.lastName");
  CHECK(state_of(gone, "afterState.lastName") == value_state::gone);
}

TEST_CASE("personal values: a reader is shown that one was changed, and not what it was changed to") {
  auto w = set_apart(change);
  w.values["afterState.lastName"].value = "Roy";
  w.values[std::string{client_address_field}] = {"salt", "203.0.113.9"};  // no digest refers to it
  auto shown = view_of(w.entry, true, w.values);
  CHECK(shown.altered_fields == std::vector<std::string>{"afterState.lastName"});
  CHECK(shown.payload->text.find(R"("lastName":{"altered":true})") != std::string::npos);
  CHECK(shown.payload->text.find("Roy") == std::string::npos);
  CHECK(shown.payload->text.find("Ann") != std::string::npos);
  CHECK_FALSE(shown.client_address.has_value());
  CHECK(view_of(w.entry, false, w.values).altered_fields.empty());
}

TEST_CASE("personal values: a digest that redaction damaged is compared by what is left of it") {
  auto w = set_apart(R"({"firstName":"Ann"})");
  auto& text = w.entry.details.text;
  auto digest = text.find(digest_member) + digest_member.size() + 3;
  auto state_with = [&](std::size_t from, std::size_t length) {
    auto details = text;
    details.replace(digest + from, length, redaction_mark);
    return check_values(details, w.values).at(0).state;
  };
  for (std::size_t from : {0, 20, 48})
    CHECK(state_with(from, 16) == value_state::there);
  w.values["firstName"].value = "Eve";
  CHECK(state_with(20, 16) == value_state::changed);
}

TEST_CASE("personal values: details without any are left as they are, to the byte") {
  const std::string spaced = R"({ "firstName" : "Ann" })";
  CHECK(with_values(spaced, {}) == spaced);
  CHECK(check_values(spaced, {}).empty());
  CHECK(set_apart(R"({"firstName":null,"age":3})").rows == 0);
}

TEST_CASE("audit: details of financial entries are shown as they were told, also if they look like digests "
          "of ours") {
  audit_entry told;
  told.category = audit_category::financial;
  told.details.text = R"({"details":{"personalDigest":"x","of":"01941f29-7c00-78ce-8a22-e41c76e37800"}})";
  CHECK(view_of(told, true, {}).payload->text == told.details.text);
  told.category = audit_category::people;
  CHECK(view_of(told, true, {}).payload->text == R"({"details":{"erased":true}})");
}
