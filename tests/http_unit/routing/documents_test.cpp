#include "http/message/error_body.hpp"
#include "http/openapi/examples.hpp"
#include "http/openapi/openapi.hpp"
#include "http/openapi/operations.hpp"
#include "http/openapi/refusals.hpp"
#include "http/routing/call.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace musterd;

namespace {

enum class mood { good, so_so };
BOOST_DESCRIBE_ENUM(mood, good, so_so)

struct inner_thing {
  std::optional<mood> today;
  std::vector<inner_thing> parts;
};
BOOST_DESCRIBE_STRUCT(inner_thing, (), (today, parts))

struct outer_thing {
  person_uuid person_id;
  std::string name;
  std::optional<std::string> note;
  std::optional<inner_thing> thing;
  timestamp seen_at{};
  local_date day{};
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(outer_thing, (), (person_id, name, note, thing, seen_at, day, version))

void nothing(http_call&&) {}

}  // namespace

TEST_CASE("error body: code, message, status, correlation id and time; the rest only where it applies "
          "[G-API-2 D-11]") {
  auto at = *parse_timestamp("2026-01-11T14:00:00Z");
  CHECK(
      error_response(conflict("X_TAKEN", "X is \"taken\"."), "c1", at).body ==
      R"({"code":"X_TAKEN","message":"X is \"taken\".","status":409,"correlationId":"c1","timestamp":"2026-01-11T14:00:00Z"})");
  auto invalid = validation_failed({{"breakType", "breakType is required."}});
  invalid.details = raw_json{R"({"a":1})"};
  auto body = error_response(invalid, "c1", at).body;
  CHECK(body.ends_with(
      R"("fieldErrors":[{"field":"breakType","message":"breakType is required."}],"details":{"a":1}})"));
  auto busy_headers = error_response(busy("later"), "c1", at).headers;
  REQUIRE(busy_headers.size() == 1);
  CHECK(busy_headers[0].first == "Retry-After");
}

TEST_CASE("schema: members become properties, optionals may be absent or null, named types are shared") {
  schema_set set;
  CHECK(schema_name("musterd::outer_thing") == "OuterThing");
  CHECK(schema_name("musterd::page<musterd::auth::token_pair>") == "PageAuthTokenPair");
  auto reference = boost::json::parse(schema_of<outer_thing>(set));
  REQUIRE(set.size() == 3);
  auto name = std::string{reference.at("$ref").as_string()}.substr(21);
  auto schema = boost::json::parse(set.at(name));
  CHECK(schema.at("required") == boost::json::parse(R"(["personId","name","seenAt","day","version"])"));
  const auto& properties = schema.at("properties");
  CHECK(properties.at("personId") == boost::json::parse(R"({"type":"string","format":"uuid"})"));
  CHECK(properties.at("note") == boost::json::parse(R"({"type":["string","null"]})"));
  CHECK(properties.at("thing").at("anyOf").as_array().size() == 2);
  CHECK(properties.at("seenAt").at("format").as_string() == "date-time");
  CHECK(properties.at("day").at("format").as_string() == "date");
  CHECK(schema.at("additionalProperties").as_bool() == false);
}

TEST_CASE(
    "openapi: every route is there, with its parameters, schemas and permission; the bytes are stable") {
  route_table on;
  on.post("/api/people/things/{thingId}",
          access::permission("people:employee:create", access::covered_people), nothing,
          {.name = "makeThing",
           .description = "Makes a thing.",
           .request = schema_of<inner_thing>,
           .response = schema_of<outer_thing>,
           .success = 201});
  on.get("/api/people/things", access::permission("people:person:view", access::no_people), nothing,
         {.name = "things",
          .description = "Lists \"things\".",
          .query = paged({{"day", "Which day.", schema_of<local_date>, true}})});
  on.get("/health/live", access::open, nothing, {.name = "live"});
  auto text = openapi_document(on, "1.2");
  CHECK(text == openapi_document(on, "1.2"));
  auto document = boost::json::parse(text);
  const auto& paths = document.at("paths").as_object();
  CHECK(paths.size() == 3);
  const auto& made = paths.at("/api/people/things/{thingId}").at("post");
  CHECK(made.at("x-permission").as_string() == "people:employee:create");
  CHECK(made.at("x-people").as_string() == "OF_COVERED_SHOPS");
  CHECK(paths.at("/api/people/things").at("get").at("x-people").as_string() == "NONE");
  CHECK(made.at("parameters").at(0).at("name").as_string() == "thingId");
  CHECK(made.at("responses").as_object().contains("201"));
  CHECK(made.at("operationId").as_string() == "makeThing");
  CHECK(made.at("summary").as_string() == "Make thing");
  CHECK(paths.at("/api/people/things").at("get").at("parameters").as_array().size() == 4);
  CHECK(!made.as_object().contains("tags"));  // no tag has this path
  CHECK(paths.at("/health/live").at("get").at("tags").at(0).as_string() == "Operation");
  CHECK(paths.at("/health/live").at("get").at("security").as_array().empty());
  CHECK(made.at("security").at(0).as_object().contains("user"));
  const auto& schemas = document.at("components").at("schemas").as_object();
  CHECK(schemas.contains("Error"));
  CHECK(schemas.contains("FieldError"));
}

TEST_CASE("openapi: ids and titles follow from a route's name, be it a command's or not") {
  CHECK(operation_id("clock_in") == "clockIn");
  CHECK(operation_id("getTimecard") == "getTimecard");
  CHECK(operation_title("clock_in") == "Clock in");
  CHECK(operation_title("getMyTimecard") == "Get my timecard");
}

TEST_CASE("openapi: what a route is refused with follows from its rule, its body and its docs") {
  route_table on;
  auto& made = on.post("/api/people/persons", access::freshly_signed_in(access::self), nothing,
                       {.name = "makeThing", .request = schema_of<outer_thing>})
                   .refused_with({conflict("THING_TAKEN", "Taken."), conflict("THING_GONE", "Gone.")});
  auto& asked = on.get("/health/live", access::open, nothing, {.name = "askThing"});
  boost::json::object shared;
  auto refusals = refusals_of(made, true, shared);
  auto codes = [&](const boost::json::object& of, std::string_view status) {
    std::string reference{of.at(status).at("$ref").as_string()};
    return boost::json::serialize(
        shared.at(reference.substr(reference.rfind('/') + 1))
            .at_pointer("/content/application~1json/schema/allOf/1/properties/code/enum"));
  };
  CHECK(codes(refusals, "400") == R"(["MALFORMED_REQUEST","VALIDATION_FAILED","MALFORMED_JSON"])");
  CHECK(codes(refusals, "401") == R"(["UNAUTHENTICATED","FRESH_SIGN_IN_REQUIRED"])");
  CHECK(codes(refusals, "409") == R"(["THING_TAKEN","THING_GONE"])");
  CHECK(codes(refusals, "422") == R"(["IDEMPOTENCY_KEY_REUSED"])");
  refusals = refusals_of(asked, false, shared);
  CHECK(refusals.size() == 2);  // and 429
  CHECK(codes(refusals, "400") == R"(["MALFORMED_REQUEST","VALIDATION_FAILED"])");
}

TEST_CASE("openapi: an example has what its type has, and ends where a type holds itself") {
  schema_set named;
  auto schema = boost::json::parse(schema_of<outer_thing>(named)).as_object();
  boost::json::object schemas;
  for (const auto& [name, text] : named)
    schemas[name] = boost::json::parse(text);
  auto example = example_of(schema, schemas);
  CHECK(example.at("version").as_int64() == 1);
  CHECK(uuid::parse(std::string_view{example.at("personId").as_string()}).has_value());
  CHECK(parse_timestamp(std::string_view{example.at("seenAt").as_string()}).has_value());
  CHECK(parse_local_date(std::string_view{example.at("day").as_string()}).has_value());
  CHECK(example.at("thing") == boost::json::parse(R"({"today":"GOOD","parts":[]})"));
}
