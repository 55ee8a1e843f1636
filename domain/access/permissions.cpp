#include "domain/access/permissions.hpp"

#include <set>

namespace musterd {
namespace {

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos)
      return parts;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

std::optional<own_permission> own_permission::parse(std::string_view key) {
  auto index = find_permission(key);
  if (!index)
    return std::nullopt;
  own_permission result;
  result.index_ = *index;
  return result;
}

void append_to(std::string& out, own_permission p) {
  out += p.key();
}

bool is_own_domain(std::string_view domain) {
  return std::ranges::any_of(permission_keys,
                             [&](std::string_view key) { return parts_of(key).front() == domain; });
}

bool is_permission_key(std::string_view key) {
  if (key.size() > longest_permission_key)
    return false;
  auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  int parts = 1;
  char before = ':';
  for (char c : key) {
    bool begins_part = before == ':';
    if (c == ':' && !begins_part)
      ++parts;
    else if (!is_letter(c) && (begins_part || (c != '_' && (c < '0' || c > '9'))))
      return false;
    before = c;
  }
  return parts == 3 && before != ':';
}

bool covers_permission(std::string_view pattern, std::string_view key) {
  auto wanted = parts_of(pattern), given = parts_of(key);
  if (wanted.size() > given.size())
    return false;
  auto missing = given.size() - wanted.size();
  if (missing > 0 && wanted.back() == "*")
    wanted.insert(wanted.end(), missing, "*");
  else if (missing > 0 && wanted.front() == "*")
    wanted.insert(wanted.begin(), missing, "*");
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(),
                    [](auto w, auto g) { return w == "*" || w == g; });
}

std::vector<std::string> expand_permissions(std::span<const std::string> patterns,
                                            std::span<const std::string> exceptions) {
  std::set<std::string> result;
  for (const auto& pattern : patterns) {
    if (pattern.find('*') == std::string::npos)
      result.insert(pattern);
    for (auto key : permission_keys)
      if (covers_permission(pattern, key))
        result.emplace(key);
  }
  std::erase_if(result, [&](const auto& key) {
    return std::any_of(exceptions.begin(), exceptions.end(),
                       [&](const auto& pattern) { return covers_permission(pattern, key); });
  });
  return {result.begin(), result.end()};
}

}  // namespace musterd
