#include "domain/person/account/new_password.hpp"

#include "common/text/text.hpp"

#include <zxcvbn.h>

#include <array>
#include <cmath>

namespace musterd {
namespace {

/// Shorter words occur in too many good passwords.
constexpr std::size_t shortest_word = 3, shortest_part = 4;
/// Beyond this the estimate costs more and says the same.
constexpr std::size_t longest_estimated = 64;

std::vector<field_error> wrong(std::string message) {
  return {{"password", std::move(message)}};
}

/// The username, whole and in parts ("nina.novak": "nina", "novak"), and the company's code, in lower case.
std::vector<std::string> names_in(const password_rules& rules) {
  std::vector<std::string> result{folded(rules.username), folded(rules.tenant_code)};
  std::erase_if(result, [](const auto& word) { return word.size() < shortest_word; });
  std::string part;
  for (char c : folded(rules.username) + '.') {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      part += c;
      continue;
    }
    if (part.size() >= shortest_part)
      result.push_back(part);
    part.clear();
  }
  return result;
}

int score_of(const std::string& password, const std::vector<std::string>& names) {
  std::vector<const char*> words;
  for (const auto& name : names)
    words.push_back(name.c_str());
  words.push_back(nullptr);
  auto bits = ZxcvbnMatch(password.substr(0, longest_estimated).c_str(), words.data(), nullptr);
  auto magnitude = bits * std::log10(2.0);
  constexpr std::array guesses{3, 6, 8, 10};  // powers of ten at which zxcvbn's scores begin
  return static_cast<int>(
      std::count_if(guesses.begin(), guesses.end(), [&](int least) { return magnitude >= least; }));
}

}  // namespace

std::vector<field_error> check_new_password(const std::string& password, const password_rules& rules) {
  auto names = names_in(rules);
  auto text = folded(password);
  for (const auto& name : names)
    if (text.find(name) != text.npos)
      return wrong("password must not contain the username or the company's code.");
  if (score_of(password, names) < rules.min_score)
    return wrong("password is too easy to guess; use several uncommon words.");
  return {};
}

std::vector<field_error> password_repeated() {
  return wrong("password must not be the present one.");
}

}  // namespace musterd
