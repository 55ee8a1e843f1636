#include "tests/http/operations/event_tap.hpp"
#include "tests/http/people/placement_desk.hpp"
#include "tests/support/process.hpp"

#include "common/text/uuid.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

/// S86-R7: published events fit the published schema, according to a validator.
namespace musterd::testing {
namespace {

/// "valid", or what is wrong, for each document.
std::vector<std::string> verdicts(const std::vector<boost::json::value>& documents) {
  auto source = needed_environment("MUSTERD_SOURCE_DIR");
  auto file = std::filesystem::temp_directory_path() / ("musterd-events-" + to_string(uuid::generate()));
  {
    std::ofstream out{file};
    for (const auto& document : documents)
      out << boost::json::serialize(document) << '\n';
  }
  std::istringstream said{
      run_program({{"python3", source + "/tests/http/edge/validate_json.py",
                    source + "/docs/schemas/PersonLocationAssignmentChanged.v1.json", file.string()},
                   {},
                   {}})};
  std::filesystem::remove(file);
  std::vector<std::string> result;
  for (std::string line; std::getline(said, line);)
    result.push_back(line);
  return result;
}

/// Every kind of message, as delivered by the broker.
std::vector<boost::json::value> published() {
  placement_desk d;
  auto ann = d.person();
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "people.events"};
  auto wanted = d.placement(ann.person_id, demo_shop, true);
  wanted["role"] = "Caf\u00e9 \"keeper\"";
  wanted["changeReasonCode"] = "HIRED";
  auto first = d.placed(wanted);
  REQUIRE(d.change(first, {{"effectiveEndAt", tomorrow}, {"version", 1}}).status == 200);
  auto next = d.placement(ann.person_id, chicago_shop, true);
  next["effectiveStartAt"] = to_string(*parse_timestamp(yesterday) + std::chrono::microseconds{1});
  d.placed(next);
  auto other = d.placed(d.placement(ann.person_id, los_angeles_shop));
  REQUIRE(d.finish(other).status == 200);
  std::vector<boost::json::value> result;
  std::vector<std::string> types;
  for (auto& m : tap.take(ann.person_id, 6)) {
    types.push_back(m.type.substr(std::string_view{"PersonLocationAssignment"}.size()));
    result.push_back(std::move(m.body));
  }
  REQUIRE(types == std::vector<std::string>{"Created", "Updated", "Ended", "Created", "Created", "Ended"});
  return result;
}

}  // namespace

TEST_CASE("placements: what the broker delivers fits the schema; what is added, missing or wrong does not "
          "[S86-R7 S86-F15 S86-F16 S86-F17]") {
  auto messages = published();
  CHECK(verdicts(messages) == std::vector<std::string>(messages.size(), "valid"));

  const auto& good = messages.front().as_object();
  std::vector<boost::json::value> bad;
  auto spoil = [&](auto&& change) {
    auto document = good;
    change(document, document.at("payload").as_object());
    bad.emplace_back(std::move(document));
  };
  for (const auto& field : good)
    spoil([&](auto& envelope, auto&) { envelope.erase(field.key()); });
  for (const auto& field : good.at("payload").as_object())
    spoil([&](auto&, auto& payload) { payload.erase(field.key()); });
  spoil([](auto& envelope, auto&) { envelope["colour"] = "red"; });
  spoil([](auto&, auto& payload) { payload["colour"] = "red"; });
  spoil([](auto& envelope, auto&) { envelope["schemaVersion"] = 2; });
  spoil([](auto& envelope, auto&) { envelope["eventType"] = "PersonLocationAssignmentMoved"; });
  spoil([](auto& envelope, auto&) { envelope["eventId"] = "0190aaaa-0000-4000-8000-000000000000"; });
  spoil([](auto&, auto& payload) { payload["effectiveEndAt"] = "2026-01-11"; });
  spoil([](auto&, auto& payload) { payload["isPrimary"] = "true"; });
  spoil([](auto&, auto& payload) { payload["version"] = 0; });
  auto said = verdicts(bad);
  REQUIRE(said.size() == bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i)
    CHECK_MESSAGE(said[i] != "valid", boost::json::serialize(bad[i]));
}

}  // namespace musterd::testing
