#include "common/json/json_read.hpp"
#include "common/json/json_schema.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace {

enum class colour { red, dark_blue };
BOOST_DESCRIBE_ENUM(colour, red, dark_blue)

struct inner {
  std::int64_t count = 0;
  friend bool operator==(const inner&, const inner&) = default;
};
BOOST_DESCRIBE_STRUCT(inner, (), (count))

struct free_form {
  raw_json details;
};
BOOST_DESCRIBE_STRUCT(free_form, (), (details))

struct sample {
  std::string plain_text;
  std::optional<std::string> maybe_text;
  colour favourite_colour = colour::red;
  timestamp happened_at{};
  local_date on_day{};
  person_uuid person_id;
  std::vector<inner> parts;
  bool is_good = false;
  friend bool operator==(const sample&, const sample&) = default;
};
BOOST_DESCRIBE_STRUCT(sample, (),
                      (plain_text, maybe_text, favourite_colour, happened_at, on_day, person_id, parts,
                       is_good))

sample filled() {
  return {"quote \" slash \\ control \x01 umlaut \xc3\xa4",
          "x",
          colour::dark_blue,
          *parse_timestamp("2026-02-28T23:59:59.000001Z"),
          *parse_local_date("2024-02-29"),
          person_uuid::generate(),
          {{1}, {-2}},
          true};
}

struct change {
  std::optional<std::optional<std::int64_t>> limit;
  std::optional<std::string> note;
  friend bool operator==(const change&, const change&) = default;
};
BOOST_DESCRIBE_STRUCT(change, (), (limit, note))

template <class T>
std::vector<std::string> wrong_fields(std::string_view text) {
  auto result = from_json<T>(text);
  REQUIRE(result.has_error());
  std::vector<std::string> names;
  for (const auto& e : result.error().field_errors)
    names.push_back(e.field);
  return names;
}

}  // namespace

TEST_CASE("json: what is written is read back, in camelCase and in snake_case [D-3]") {
  auto value = filled();
  CHECK(from_json<sample>(to_json(value)).value() == value);
  CHECK(from_json<sample, naming::row>(to_json<naming::row>(value)).value() == value);
  CHECK(to_json(value).find("\"favouriteColour\":\"DARK_BLUE\"") != std::string::npos);
  CHECK(to_json<naming::row>(value).find("\"favourite_colour\"") != std::string::npos);
}

TEST_CASE("json: every wrong field is named at once") {
  auto names = wrong_fields<sample>(R"({"plainText":7,"favouriteColour":"GREEN","happenedAt":"yesterday",
    "onDay":"2025-02-29","personId":"x","parts":[{"count":1},{"count":"2"},{}],"isGood":"yes","surprise":1})");
  CHECK(names == std::vector<std::string>{"plainText", "favouriteColour", "happenedAt", "onDay", "personId",
                                          "parts[1].count", "parts[2].count", "isGood", "surprise"});
}

TEST_CASE("json: what is missing is required, unless it is optional; null is missing") {
  auto names = wrong_fields<sample>(R"({"maybeText":null,"isGood":null,"parts":[]})");
  CHECK(names == std::vector<std::string>{"plainText", "favouriteColour", "happenedAt", "onDay", "personId",
                                          "isGood"});
}

TEST_CASE("json: a change tells absent from null, and both are written as they were read") {
  auto read = [](const char* text) { return from_json<change>(text).value(); };
  CHECK_FALSE(read("{}").limit.has_value());
  REQUIRE(read(R"({"limit":null})").limit.has_value());
  CHECK_FALSE(read(R"({"limit":null})").limit->has_value());
  CHECK(read(R"({"limit":7})").limit == std::optional{std::optional<std::int64_t>{7}});
  for (auto text : {R"({"note":null})", R"({"limit":null,"note":null})", R"({"limit":7,"note":"x"})"})
    CHECK(to_json(read(text)) == text);
  CHECK(wrong_fields<change>(R"({"limit":"7"})") == std::vector<std::string>{"limit"});
  schema_set schemas;
  schema_of<change>(schemas);
  CHECK(schemas.begin()->second.find(R"("limit":{"type":["integer","null"],"format":"int64"})") !=
        std::string::npos);
}

TEST_CASE("json: a single wrong field is the message of the whole, its name as code [S84-AC4]") {
  auto result = from_json<inner>("{}");
  REQUIRE(result.has_error());
  CHECK(result.error().message == "`count` is required.");
  CHECK(result.error().field_errors[0].message == "count is required.");
}

TEST_CASE("json: broken documents, deep nesting, NUL characters and numbers out of range are refused") {
  for (auto text : {"", "{", "{} {}", "[1,2", "nul", "{\"count\":1e999}"})
    CHECK(from_json<inner>(text).has_error());
  CHECK(from_json<inner>(std::string(100, '[') + std::string(100, ']')).error().code == "MALFORMED_JSON");
  CHECK(from_json<inner>(R"({"count":9223372036854775808})").has_error());
  CHECK(from_json<inner>("[]").error().field_errors[0].message == "The body must be an object.");
  CHECK(wrong_fields<sample>(R"({"plainText":"a\u0000b"})")[0] == "plainText");
  for (auto text :
       {R"({"details":"a\u0000"})", R"({"details":{"k\u0000":1}})", R"({"details":[{"k":["\\\u0000"]}]})"})
    CHECK(wrong_fields<free_form>(text)[0] == "details");
  CHECK(from_json<free_form>(R"({"details":{"path":"c:\\u0000"}})").has_value());
}

TEST_CASE("timestamps: offsets and fractions are read, nonsense is not [D-3]") {
  CHECK(parse_timestamp("2026-01-11T14:00:00+02:00") == parse_timestamp("2026-01-11T12:00:00Z"));
  CHECK(to_string(*parse_timestamp("2026-01-11T14:00:00.1234569Z")) == "2026-01-11T14:00:00.123456Z");
  CHECK(to_string(*parse_timestamp("1969-12-31T23:59:59.5Z")) == "1969-12-31T23:59:59.500000Z");
  for (auto text : {"", "2026-01-11", "2026-01-11T14:00:00", "2026-13-11T14:00:00Z", "2026-02-30T14:00:00Z",
                    "2026-01-11T24:00:00Z", "2026-01-11T14:00:00.Z", "2026-01-11T14:00:00Zx",
                    "0000-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01"})
    CHECK_FALSE(parse_timestamp(text));
}

TEST_CASE("local days: those of the years 0001 to 9999 are read, nonsense is not") {
  for (auto text : {"0001-01-01", "2024-02-29", "9999-12-31"})
    CHECK(to_string(parse_local_date(text).value()) == text);
  for (auto text :
       {"", "0000-01-01", "0000-12-31", "2025-02-29", "2026-00-01", "2026-1-1", "10000-01-01", "2026-01-01 "})
    CHECK_FALSE(parse_local_date(text));
}

TEST_CASE("local days: a shop's day follows its zone, also across daylight saving") {
  CHECK(to_string(local_day(*parse_timestamp("2026-03-08T05:30:00Z"), "America/Chicago")) == "2026-03-07");
  CHECK(to_string(local_day(*parse_timestamp("2026-03-08T06:30:00Z"), "America/Chicago")) == "2026-03-08");
  CHECK(is_time_zone("America/Phoenix"));
  CHECK_FALSE(is_time_zone("Mars/Olympus"));
}

TEST_CASE("uuid: version 7, ascending, and its text is read back") {
  auto previous = uuid::generate();
  for (int i = 0; i < 10'000; ++i) {
    auto next = uuid::generate();
    CHECK(previous < next);
    previous = next;
  }
  CHECK(to_string(previous)[14] == '7');
  CHECK(uuid::parse(to_string(previous)) == previous);
  CHECK_FALSE(uuid::parse("not-a-uuid"));
  CHECK_FALSE(uuid::parse("00000000-0000-0000-0000-00000000000g"));
}
