#include "common/json/csv.hpp"
#include "domain/audit/audit_export.hpp"
#include "domain/audit/financial_event.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace {

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("audit view: names the fields that changed, and no values") {
  CHECK(changed_fields(R"({"beforeState":{"a":1,"b":2,"c":3},"afterState":{"a":1,"b":5,"d":4}})") ==
        names{"b", "c", "d"});
  CHECK(changed_fields(R"({"beforeState":null,"afterState":{"a":1}})") == names{"a"});
  CHECK(changed_fields(R"({"mechanicId":"x","breakType":"MEAL"})") == names{"breakType", "mechanicId"});
  CHECK(changed_fields("null").empty());
  CHECK(changed_fields("[1]").empty());
  CHECK(changed_fields("{").empty());
}

TEST_CASE("audit view: without the permission neither payload nor client") {
  audit_entry entry;
  entry.client_address = "10.0.0.1";
  entry.details.text = R"({"a":1})";
  CHECK_FALSE(view_of(entry, false).payload.has_value());
  CHECK_FALSE(view_of(entry, false).client_address.has_value());
  CHECK(view_of(entry, true).payload->text == R"({"a":1})");
}

TEST_CASE("audit view: the trace is shown to everybody, and is no field that changed") {
  audit_entry entry;
  entry.details.text = R"({"a":1,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"})";
  CHECK(view_of(entry, false).trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(view_of(entry, false).changed_fields == names{"a"});
  entry.details.text = R"({"a":1})";
  CHECK_FALSE(view_of(entry, false).trace_id.has_value());
}

TEST_CASE("audit export: a line is a line, whatever is in it") {
  audit_entry entry;
  entry.event_type = "X";
  entry.reason_code = "-2\n\"b\"";
  entry.details.text = "{\n\"a\": 1}";
  std::string text;
  append_line(text, export_format::ndjson, view_of(entry, true));
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  text.clear();
  append_line(text, export_format::csv, view_of(entry, false));
  CHECK(text.find("\"'-2\n\"\"b\"\"\"") != std::string::npos);
  CHECK(header_line(export_format::ndjson).empty());
  auto cells = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  CHECK(cells(header_line(export_format::csv)) == cells(text));
}

TEST_CASE("csv: no cell begins like a formula, whatever blanks hide it and however wide it is") {
  for (auto text : {"=1+1", "+1", "-1", "@x", "\t=1", "\n=1", "\rx", " =1", "\u00a0=1", "\ufeff\u200b=1",
                    "\u3000@x", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x"}) {
    std::string out;
    detail::append_csv_text(out, text);
    CHECK(out == "\"'" + std::string{text} + '"');
  }
  for (auto text : {"", "a=1", "1-2", "\u00a0a", " ", "\uff21"}) {
    std::string out;
    detail::append_csv_text(out, text);
    CHECK(out == '"' + std::string{text} + '"');
  }
}

TEST_CASE("Security: audit export: what was made with more than somebody has today is not theirs any more") {
  location_uuid brooklyn{uuid::generate()}, chicago{uuid::generate()};
  const held_places everywhere{true, {}}, here{false, {brooklyn}}, both{false, {brooklyn, chicago}};
  auto made = [](audit_rights rights, std::optional<audit_category> only = {}) {
    export_request result{{}, std::move(rights)};
    result.filters.category = only;
    return result;
  };
  const audit_rights all{everywhere, everywhere, true}, none{};
  CHECK(may_have(all, made(all)));
  CHECK(may_have({here, {}, false}, made({here, {}, false})));
  CHECK(may_have({both, {}, true}, made({here, {}, false})));
  CHECK(may_have({everywhere, {}, false}, made({both, {}, false})));
  CHECK_FALSE(may_have(none, made(all)));
  CHECK_FALSE(may_have({everywhere, everywhere, false}, made(all)));
  CHECK_FALSE(may_have({{}, everywhere, true}, made(all)));
  CHECK_FALSE(may_have({everywhere, {}, true}, made(all)));
  CHECK_FALSE(may_have({both, both, true}, made(all)));
  CHECK_FALSE(may_have({here, {}, false}, made({both, {}, false})));
  // Only rights to what the file contains count.
  CHECK(may_have({{}, everywhere, true}, made(all, audit_category::financial)));
  CHECK_FALSE(may_have({everywhere, {}, true}, made(all, audit_category::financial)));
  CHECK(may_have({everywhere, {}, true}, made(all, audit_category::security)));
  CHECK_FALSE(may_have({{}, everywhere, true}, made(all, audit_category::security)));
}

TEST_CASE("financial event: every field is checked, and secrets do not get in") {
  financial_event event;
  std::vector<field_error> errors;
  validate(event, event.occurred_at, errors);
  CHECK(errors.size() == 5);
  event.reason = "turned \u202eround";
  errors.clear();
  validate(event, event.occurred_at, errors);
  CHECK(std::any_of(errors.begin(), errors.end(), [](const auto& e) {
    return e.field == "reason" && e.message.find("direction of writing") != std::string::npos;
  }));
  event.details =
      raw_json{R"({"pi n ":"1","spinner":2,"deep":[{"Access Token":"x","note":"y"}],"Password":{"a":1}})"};
  auto unit = record_of({}, {}, "c", event, {}, {});
  const auto& text = unit.writes.at(0).text();
  CHECK(
      text.find(
          R"(\"pi n \":\"***\",\"spinner\":2,\"deep\":[{\"Access Token\":\"***\",\"note\":\"y\"}],\"Password\":\"***\")") !=
      std::string::npos);
}

TEST_CASE("financial event: what is said to have occurred before 2000 or after tomorrow is refused") {
  auto now = parse_timestamp("2026-11-02T10:00:00Z").value();
  auto refused = [&](std::string_view when) {
    financial_event event;
    event.occurred_at = parse_timestamp(when).value();
    std::vector<field_error> errors;
    validate(event, now, errors);
    return std::any_of(errors.begin(), errors.end(), [](const auto& e) { return e.field == "occurredAt"; });
  };
  CHECK(refused("9999-12-31T23:59:59Z"));
  CHECK(refused("2026-11-03T10:00:00.000001Z"));
  CHECK_FALSE(refused("2026-11-03T10:00:00Z"));
  CHECK_FALSE(refused("2000-01-01T00:00:00Z"));
  CHECK(refused("1999-12-31T23:59:59Z"));
  CHECK(refused("0001-01-01T00:00:00Z"));
}
