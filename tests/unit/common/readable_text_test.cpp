#include "common/text/readable_text.hpp"

#include "domain/company/commands.hpp"
#include "domain/person/commands.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace musterd;

namespace {

template <class Command>
std::set<std::string> wrong_fields(const Command& c) {
  std::vector<field_error> errors;
  validate(c, errors);
  std::set<std::string> result;
  for (const auto& e : errors)
    result.insert(e.field);
  return result;
}

}  // namespace

TEST_CASE("readable text: whatever is written in any script is readable") {
  for (auto text :
       {"", "Ann O'Neill", "José Núñez", "Łukasz Żółć", "Ольга", "محمد", "דוד", "陳大文", "สมชาย", "🔧 shop",
        "no\u00a0break", "soft\u2019s", "zero\u200dwidth joiner \U0001F468\u200D\U0001F527"})
    CHECK_MESSAGE(is_readable(text), text);
}

TEST_CASE("readable text: control characters and changes of direction are not") {
  for (std::string_view text :
       {"a\x01",  "\x1b[31m", "a\x7f",  "a\u0080",        "a\u009f", "\u061c", "\u200e", "\u200f",
        "\u202a", "\u202b",   "\u202c", "\u202d",         "\u202e",  "\u2066", "\u2067", "\u2068",
        "\u2069", "\u2028",   "\u2029", "admin\u202etxt", "a\nb",    "a\tb"})
    CHECK_MESSAGE(!is_readable(text), text);
  CHECK(is_readable("first\r\n\tsecond", text_lines::many));
  CHECK(!is_readable("first\u202e\n", text_lines::many));
  CHECK(!is_readable(std::string_view{"a\0b", 3}, text_lines::many));
}

TEST_CASE("readable text: what is never seen is not readable, what scripts are written with is") {
  for (std::string_view text :
       {"a\u200b", "a\u2060", "a\u00ad", "a\ufeff", "a\u3164", "a\u115f", "a\uffa0", "a\u034f", "a\u206a",
        "a\u2062", "a\U000e0041", "a\U000e0001", "a\ufff9", "a\U0001d173", "a\U0001bca0", "a\u17b4"})
    CHECK_MESSAGE(!is_readable(text), text);
  for (auto text :
       {"می\u200cخواهم", "क्\u200dष", "葛\U000e0100飾", "\u2764\ufe0f", "ᠠ\u180e", "山田\u3000太郎"})
    CHECK_MESSAGE(is_readable(text), text);
}

TEST_CASE("readable text: what shows nothing is not readable") {
  for (std::string_view text : {"\u00a0", "\u3000", "\u2800", "\u200d", "\u200c\u200d", "\ufe0f", "\u180e",
                                " \u2003 ", "\U0001d159", "\U000e0100"})
    CHECK_MESSAGE(!is_readable(text), text);
  CHECK(is_readable("  "));  // whether blanks are enough is the field's own rule
  CHECK(is_readable("\u00a0.\u00a0"));
}

TEST_CASE("readable text: what cannot be refused is made readable, and only that is replaced") {
  CHECK(made_readable("José\u202e\x1b[31m 陳\n") == "José\ufffd\ufffd[31m 陳\ufffd");
  CHECK(made_readable("a\nb\x07", text_lines::many) == "a\nb\ufffd");
  CHECK(made_readable("").empty());
}

TEST_CASE("readable text: what shows begins behind blanks and hidden characters") {
  for (std::string_view before : {"", " \t", "\u00a0\u2800", "\u200b\u200d\ufeff", "\x01"})
    CHECK(from_first_shown(std::string{before} + "=1 ") == "=1 ");
  CHECK(from_first_shown("\u3000 ").empty());
}

TEST_CASE("readable text: names that are told apart have nothing that is not seen, at any place") {
  for (std::string_view unseen :
       {"\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u3164", "\u2800", "\u034f", "\u180e",
        "\ufe0f", "\U000e0041", "\u00a0", "\u206a", "\u3000", "\u2009", "\u202f", "\U000e0100"})
    for (const auto& name :
         {"OWNER" + std::string{unseen}, std::string{unseen} + "OWNER", "OW" + std::string{unseen} + "NER"}) {
      CAPTURE(name);
      CHECK_FALSE((is_readable(name) && shows_all(name)));
      create_role role;
      role.role_name = name;
      role.allowed_scopes = {scope_type::global};
      CHECK(wrong_fields(role) == std::set<std::string>{"roleName"});
      place_person place;
      place.role = name;
      CHECK(wrong_fields(place) == std::set<std::string>{"role"});
    }
  for (auto name : {"OWNER", "Shop manager", "Größe", "店長", "मालिक"})
    CHECK_MESSAGE(shows_all(name), name);
}

TEST_CASE("readable text: names of people, roles and shops are held to it") {
  create_person person;
  person.first_name = "An\u202en";
  person.last_name = "Smith\x07";
  CHECK(wrong_fields(person) == std::set<std::string>{"firstName", "lastName"});
  create_role role;
  role.role_name = "MEC\u2066HANIC";
  role.allowed_scopes = {scope_type::global};
  role.description = "two\nlines";
  CHECK(wrong_fields(role) == std::set<std::string>{"roleName"});
  create_location shop;
  shop.code = "NYC";
  static_cast<new_location&>(shop).name = "New \u200fYork";
  shop.timezone = "America/New_York";
  CHECK(wrong_fields(shop) == std::set<std::string>{"name"});
}

TEST_CASE("shop codes: ASCII letters, digits, dash and underscore, so that no two look alike") {
  auto accepted = [](std::string code) {
    create_location shop;
    shop.code = std::move(code);
    static_cast<new_location&>(shop).name = "A shop";
    shop.timezone = "America/New_York";
    return wrong_fields(shop).empty();
  };
  for (auto code : {"NYC", "nyc-2", "A_1", "7"})
    CHECK_MESSAGE(accepted(code), code);
  for (auto code : {"", " NYC", "NYC ", "N C", "NYC\u00a0", "NYC\u2003", "NY\u0421", "\uff2eYC", "NYC\u200b",
                    "NÝC", "N.C", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    CHECK_MESSAGE(!accepted(code), code);
}
