#include "domain/person/held_data/held_data.hpp"
#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

using enum erasure_obstacle;

person_state gone(timestamp since = morning - 24h) {
  auto s = ann();
  s.user->status = s.person->status = access_status::terminated;
  s.user->status_effective_at = s.person->status_effective_at = since;
  s.user->status_reason_code = "RESIGNATION";
  s.user->email = "ann@example.com";
  s.user->subject = "google|ann";
  return s;
}

location_assignment placed(timestamp from, std::optional<timestamp> to) {
  location_assignment p;
  p.assignment_id = {numbered(40)};
  p.person_id = ann_person;
  p.effective_start_at = from;
  p.effective_end_at = to;
  return p;
}

std::string reasons(const outcome<person_events>& result) {
  return result ? "" : result.error().details->text;
}

std::string everything_in(const person_events& events) {
  effects out;
  counted_ids ids;
  std::string all;
  for (const auto& e : events)
    add_effects(out, e, at(morning), ids);
  for (const auto& w : out.writes)
    all += w.text();
  return all;
}

}  // namespace

TEST_CASE("erasure: names, addresses and the account's name go, ids and instants stay") {
  person_rules rules;
  auto before = gone();
  auto after = rules.after(before, erase_person{}, morning);
  CHECK(after.person->first_name == "Erased");
  CHECK(after.person->last_name == pseudonym_of(ann_person));
  CHECK_FALSE(after.person->primary_email.has_value());
  CHECK(after.user->username == pseudonym_of(ann_person));
  CHECK_FALSE(after.user->email.has_value());
  CHECK_FALSE(after.user->subject.has_value());
  CHECK_FALSE(after.user->status_reason_code.has_value());
  CHECK(after.user->user_id == before.user->user_id);
  CHECK(after.person->status_effective_at == before.person->status_effective_at);
  CHECK(after.person->version == before.person->version + 1);
  CHECK(after.erasure == person_erasure{ann_person, ann_user, morning, ann_user.value});
}

TEST_CASE("erasure: what is written of it has no personal value, and the event leaves") {
  person_rules rules;
  auto before = gone();
  before.person->first_name = "Qwendolyn";
  before.person->last_name = "Zyx";
  before.user->username = "qzyx";
  auto written = everything_in(rules.when(before, erase_person{}, morning).value());
  for (const auto* value : {"Qwendolyn", "Zyx", "qzyx", "ann@example.com", "google|ann", "RESIGNATION"})
    CHECK(written.find(value) == std::string::npos);
  CHECK(written.find("PERSON_ERASED") != std::string::npos);
  CHECK(written.find("people.person.erased.v1") != std::string::npos);
}

TEST_CASE("erasure: a second one finds nothing to do") {
  person_rules rules;
  auto after = rules.after(gone(), erase_person{}, morning);
  auto again = rules.when(after, erase_person{{time_running}, 9999}, morning + 1h);
  REQUIRE(again.has_value());
  CHECK(again->empty());
}

TEST_CASE("erasure: every obstacle is named, and nothing changes") {
  person_rules rules;
  CHECK(reasons(rules.when(ann(), erase_person{}, morning)) ==
        R"({"reasons":["USER_ACTIVE","EMPLOYMENT_NOT_ENDED"]})");
  CHECK(reasons(rules.when(disabled(ann()), erase_person{}, morning)) ==
        R"({"reasons":["EMPLOYMENT_NOT_ENDED"]})");
  CHECK(reasons(rules.when(gone(), erase_person{{offboarding_case_open, time_running}, 0}, morning)) ==
        R"({"reasons":["OFFBOARDING_CASE_OPEN","TIME_RUNNING"]})");
  CHECK(reasons(rules.when(gone(), erase_person{{}, 2}, morning)) == R"({"reasons":["RETENTION_HOLDS"]})");
  CHECK(rules.when(gone(), erase_person{{}, 1}, morning).has_value());
  person_state none;
  none.id = ann_person;
  CHECK(rules.when(none, erase_person{}, morning).error().code == "PERSON_NOT_FOUND");
}

TEST_CASE("erasure: somebody without user is erased once they work nowhere, now or later") {
  person_rules rules;
  auto s = ann();
  s.user.reset();
  s.placements = {placed(morning - 2h, morning - 1h)};
  auto after = rules.after(s, erase_person{}, morning);
  CHECK(after.person->status == access_status::terminated);
  CHECK_FALSE(after.erasure->user_id.has_value());
  for (auto end : {std::optional<timestamp>{}, std::optional{morning + 1h}}) {
    s.placements = {placed(morning - 2h, end)};
    CHECK(reasons(rules.when(s, erase_person{}, morning)) == R"({"reasons":["EMPLOYMENT_NOT_ENDED"]})");
  }
  s.placements = {placed(morning + 24h, {})};
  CHECK(reasons(rules.when(s, erase_person{}, morning)) == R"({"reasons":["EMPLOYMENT_NOT_ENDED"]})");
}

TEST_CASE("erasure: whoever is erased gets no work, no user and no password any more") {
  person_rules rules;
  location shop;
  shop.location_id = {numbered(60)};
  rules.locations.add({numbered(3)}, shop);
  auto erased = rules.after(gone(), erase_person{}, morning);
  place_person placing;
  placing.location_id = shop.location_id;
  placing.role = "MECHANIC";
  placing.effective_start_at = morning;
  CHECK(rules.when(erased, placing, morning).error().code == "PERSON_NOT_ACTIVE");
  CHECK(rules.when(erased, set_password{ann_user, "hash"}, morning).error().code == "USER_TERMINATED");
  provision_user provisioning;
  provisioning.username = "ann";
  CHECK(rules.when(erased, provisioning, morning).error().code == "PERSON_ALREADY_LINKED");
}

TEST_CASE("erasure: nobody else is called like the erased") {
  std::vector<field_error> errors;
  provisioning asked;
  asked.username = "Erased-0190";
  validate(asked, errors);
  CHECK(errors.size() == 1);
  errors.clear();
  validate(create_person{"A", "erased-0190", {}}, errors);
  CHECK(errors.size() == 1);
}

TEST_CASE("held data: an entry shows its subject what is said of them, and its actor from where they came") {
  audit_entry entry;
  entry.details = {R"({"firstName":"Ann"})"};
  entry.client_address = "192.0.2.7";
  entry.subject_id = ann_person.value;
  entry.actor_id = numbered(77);
  data_subject whose{ann_person, ann_user};
  auto about = view_for(whose, {}, entry);
  CHECK(about.payload.has_value());
  CHECK_FALSE(about.client_address.has_value());
  entry.subject_id = numbered(77);
  entry.actor_id = ann_user.value;
  auto by = view_for(whose, {}, entry);
  CHECK_FALSE(by.payload.has_value());
  CHECK(by.changed_fields == std::vector<std::string>{"firstName"});
  CHECK(by.client_address == "192.0.2.7");
}

TEST_CASE("held data: from where others ended somebody's session is left out, also of the payload") {
  audit_entry entry;
  entry.category = audit_category::security;
  entry.subject_id = ann_user.value;
  entry.actor_id = numbered(77);
  entry.details = {R"({"clientAddress":"192.0.2.7","userAgent":"Firefox","sessionId":"s"})"};
  data_subject whose{ann_person, ann_user};
  CHECK(view_for(whose, {}, entry).payload->text == R"({"sessionId":"s"})");
  entry.actor_id = ann_user.value;  // their own action
  CHECK(view_for(whose, {}, entry).payload->text == entry.details.text);
}

TEST_CASE("held data: what other domains told is shown to who may see it there, and to oneself") {
  audit_entry entry;
  entry.category = audit_category::financial;
  entry.subject_id = ann_person.value;
  entry.location_id = location_uuid{numbered(20)};
  entry.details = {R"({"amount":"12.00"})"};
  data_subject whose{ann_person, ann_user};
  auto shown_to = [&](std::optional<held_places> reach) {
    return view_for(whose, {std::move(reach)}, entry).payload.has_value();
  };
  CHECK_FALSE(shown_to({}));
  CHECK_FALSE(shown_to(held_places{false, {{numbered(21)}}}));
  CHECK(shown_to(held_places{false, {{numbered(20)}}}));
  CHECK(shown_to(held_places{true, {}}));
  entry.category = audit_category::people;
  CHECK(shown_to({}));
}
