#include "common/text/text.hpp"
#include "domain/person/account/new_password.hpp"
#include "domain/person/commands.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace {

/// The complaint about a new password of nina.novak at company "demo"; empty if there is none.
std::string complaint(const std::string& password, int min_score = 2) {
  std::vector<field_error> errors;
  validate_password(password, errors);
  if (errors.empty())
    errors = check_new_password(password, {"nina.novak", "demo", min_score});
  return errors.empty() ? std::string{} : errors.front().message;
}

}  // namespace

TEST_CASE("new password: what is long and uncommon will do") {
  for (const auto* good :
       {"correct horse battery", "another long password", "tr0ub4dor&3xx wheel", "žluťoučký kůň úpěl"})
    CHECK_MESSAGE(complaint(good) == "", good);
}

TEST_CASE("new password: common ones are refused however long they are") {
  for (const auto* common : {"password1234", "123456789012", "qwertyuiopas", "aaaaaaaaaaaaaaaaaaaa",
                             "iloveyouiloveyou", "abcdefabcdef"})
    CHECK_MESSAGE(complaint(common) == "password is too easy to guess; use several uncommon words.", common);
  CHECK(complaint(std::string(1024, 'a')) == "password is too easy to guess; use several uncommon words.");
  CHECK(complaint("password1234", 0) == "");
  CHECK(complaint("not the password", 4) != "");
}

TEST_CASE("new password: no names, whole or in part, in any case") {
  for (const auto* named : {"Nina.Novak rides horses", "my aunt NOVAK rides", "xx Demo battery staple"})
    CHECK_MESSAGE(complaint(named) == "password must not contain the username or the company's code.", named);
  CHECK(check_new_password("correct horse battery", {"or", "ct", 2}).empty());  // too short to mean anything
}

TEST_CASE("new password: blanks alone are none") {
  CHECK(complaint(std::string(20, ' ')) == "password must not be only blanks.");
  CHECK(complaint("short") == "password must have 12 to 1024 bytes.");
}

TEST_CASE("folded: ASCII letters and nothing else") {
  CHECK(folded("Ivy.O'NEIL") == "ivy.o'neil");
  CHECK(folded("\u0130VY \u212a \u00c4") == "\u0130vy \u212a \u00c4");
}
