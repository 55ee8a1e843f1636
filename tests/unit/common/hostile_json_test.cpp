#include "common/json/json_read.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace {

std::string object_of(std::size_t members) {
  std::string result = "{";
  for (std::size_t i = 0; i < members; ++i)
    result += fmt::format("{}\"m{}\":{}", i == 0 ? "" : ",", i, i);
  return result + "}";
}

fault refusal_of(std::string_view text) {
  auto document = parse_json(text);
  REQUIRE_MESSAGE(document.has_error(), text.substr(0, 100));
  CHECK(document.error().kind == fault_kind::invalid);
  CHECK(document.error().code == "MALFORMED_JSON");
  return document.error();
}

struct order {
  std::string name;
  std::optional<std::vector<std::int64_t>> numbers;
};
BOOST_DESCRIBE_STRUCT(order, (), (name, numbers))

}  // namespace

TEST_CASE("hostile JSON: an object has 256 members at most, wherever it is") {
  CHECK(parse_json(object_of(256)).has_value());
  for (const auto& text :
       {object_of(257), "[[" + object_of(257) + "]]", R"({"a":{"b":)" + object_of(257) + "}}"})
    CHECK(refusal_of(text).message.find("more than 256 members") != std::string::npos);
}

TEST_CASE("hostile JSON: many small objects are no large one") {
  std::string many = "[";
  for (int i = 0; i < 100; ++i)
    many += (i == 0 ? "" : ",") + object_of(200);
  CHECK(parse_json(many + "]").has_value());
}

TEST_CASE("hostile JSON: depth and names have limits") {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(parse_json(nested(32)).has_value());
  refusal_of(nested(33));
  auto named = [](std::size_t size) { return "{\"" + std::string(size, 'n') + "\":1}"; };
  CHECK(parse_json(named(256)).has_value());
  CHECK(refusal_of(named(257)).message.find("more than 256 bytes") != std::string::npos);
}

TEST_CASE("hostile JSON: a number that would be infinite is refused, others are not") {
  for (const auto* text : {"1E400", "[-1e400]", R"({"a":1e99999})"})
    CHECK(refusal_of(text).message.find("a number is too large") != std::string::npos);
  CHECK(parse_json("[1e308,-1.5e-400]").has_value());
}

TEST_CASE("hostile JSON: a member given twice is named") {
  auto named = [](std::string_view text) {
    auto f = refusal_of(text);
    REQUIRE(f.field_errors.size() == 1);
    CHECK(f.message.find('`' + f.field_errors[0].field + '`') != std::string::npos);
    return f.field_errors[0].field;
  };
  CHECK(named(R"({"role":"OWNER","role":"MECHANIC"})") == "role");
  CHECK(named(R"({"a":{"b":1,"c":2,"b":3}})") == "b");
  CHECK(named(R"([{"a":{"x":[{"y":1}]},"z":1,"a":2}])") == "a");
  CHECK(named(R"({"a":1,"\u0061":2})") == "a");
  CHECK(named(R"({"":1,"":2})").empty());
  auto large = object_of(200);
  large.replace(large.size() - 1, 1, R"(,"m77":0})");
  CHECK(named(large) == "m77");
  auto long_name = std::string(250, 'n');
  CHECK(named("{\"" + long_name + "\":1,\"" + long_name + "\":2}") == long_name);
}

TEST_CASE("hostile JSON: the same name in different objects is not twice") {
  for (auto text : {R"({"a":{"a":{"a":1}},"b":{"a":1}})", R"([{"a":1},{"a":2}])", R"({"a":[{"a":1}],"b":1})"})
    CHECK(parse_json(text).has_value());
}

TEST_CASE("hostile JSON: what is read is what Boost.JSON would have read") {
  for (std::string_view text :
       {R"({"a":[1,-2,18446744073709551615,1.5e3,true,false,null,"x\n\u00e9\ud83d\ude00",{}],"b":{"c":[]}})",
        R"("text")", "7", "null", "[]", "{}", " [ 1 , 2 ] "}) {
    auto ours = parse_json(text);
    REQUIRE(ours.has_value());
    CHECK(*ours == boost::json::parse({text.data(), text.size()}));
  }
  for (auto text : {"", " ", "{", "{\"a\":1", "\"half", "[1,]", "1 2", "nul", "// comment\n1"})
    refusal_of(text);
}

TEST_CASE(
    "hostile JSON: a number with a fraction is read to the last bit, so that a copy of a copy is the same") {
  for (double number : {277725555555555752.5555555551, 0.1, -2.2250738585072014e-308, 1.7976931348623157e308,
                        8.5e-12, 9007199254740993.0, 123456789012345678901234567890.0}) {
    auto text = fmt::format("[{:.17e}]", number);
    CAPTURE(text);
    auto read = parse_json(text);
    REQUIRE(read.has_value());
    CHECK(read->at(0).as_double() == number);
    auto again = parse_json(boost::json::serialize(*read));
    REQUIRE(again.has_value());
    CHECK(*again == *read);
  }
  auto nothing = parse_json("[1e-400]");
  REQUIRE(nothing.has_value());
  CHECK(nothing->at(0).as_double() == 0);
}

TEST_CASE("hostile JSON: twenty wrong fields are named, the others counted") {
  auto wrong = [](std::size_t count) {
    std::string text = R"({"name":"x","numbers":[)";
    for (std::size_t i = 0; i < count; ++i)
      text += i == 0 ? "\"x\"" : ",\"x\"";
    auto read = from_json<order>(text + "]}");
    REQUIRE(read.has_error());
    return read.error();
  };
  auto few = wrong(20);
  CHECK(few.field_errors.size() == 20);
  CHECK(few.message == "20 fields are invalid.");
  CHECK(!few.details);
  auto many = wrong(100'000);
  CHECK(many.field_errors.size() == 20);
  CHECK(many.message == "100000 fields are invalid; 20 of them are named.");
  REQUIRE(many.details.has_value());
  CHECK(many.details->text == R"({"moreFieldErrors":99980})");
  std::vector<field_error> found(30, {"f", "f is wrong."});
  CHECK(validation_failed(found).field_errors.size() == 20);
  CHECK(validation_failed(found).details->text == R"({"moreFieldErrors":10})");
}
