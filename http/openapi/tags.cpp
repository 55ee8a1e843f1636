#include "http/openapi/tags.hpp"

namespace musterd {
namespace {

constexpr std::array all_tags{
    route_tag{"Sign in", "Get tokens, renew them, sign out.", {"/api/security/auth"}},
    route_tag{"My account",
              "Who one is and what one may do; one's own password, second factor, sessions and data.",
              {"/api/security/me", "/api/security/sessions", "/api/people/me/data"}},
    route_tag{"My time", "Clock in, take a break, clock out.", {"/api/people/me"}},
    route_tag{"My job timer", "What one works on, and since when.", {"/api/workexec/timers"}},
    route_tag{"Timecards",
              "Other people's time, at the shops where one may see it.",
              {"/api/people/timecards", "/api/people/employees", "/api/people/locations/{id}/on-the-clock"}},
    route_tag{"Shops", "Where people work.", {"/api/people/locations"}},
    route_tag{"People", "Who works here, and what is held about them.", {"/api/people/persons"}},
    route_tag{"Placements",
              "Who works at which shop, and who can be given work there.",
              {"/api/people/location-assignments", "/api/workexec/technicians"}},
    route_tag{"Users", "The logins of people.", {"/api/security/users"}},
    route_tag{
        "Roles", "What a role lets its holders do.", {"/api/security/roles", "/api/security/permissions"}},
    route_tag{"Role assignments", "Who holds which role, where and when.", {"/api/people/role-assignments"}},
    route_tag{"Leaving",
              "Take somebody's access away; the case that winds down the rest.",
              {"/api/people/users", "/api/people/offboarding-cases"}},
    route_tag{"Audit", "Who did what and when, and proof that nobody changed it since.", {"/api/audit"}},
    route_tag{"Services",
              "Other programs that may call `/internal`, and their secrets.",
              {"/api/security/services"}},
    route_tag{"Between services", "What other programs ask and report.", {"/internal"}},
    route_tag{"Operation",
              "Whether the server is well, and what it could not deliver.",
              {"/api/ops", "/health", "/metrics"}},
    route_tag{"About",
              "This document, and what others need to trust our tokens.",
              {"/docs", "/openapi.json", "/.well-known"}},
};

bool is_below(std::string_view path, std::string_view beginning) {
  return !beginning.empty() && path.starts_with(beginning) &&
         (path.size() == beginning.size() || path[beginning.size()] == '/');
}

}  // namespace

std::span<const route_tag> route_tags() {
  return all_tags;
}

std::size_t tag_of(std::string_view path) {
  std::size_t result = all_tags.size(), longest = 0;
  for (std::size_t i = 0; i < all_tags.size(); ++i)
    for (auto beginning : all_tags[i].paths)
      if (is_below(path, beginning) && beginning.size() > longest) {
        result = i;
        longest = beginning.size();
      }
  return result;
}

}  // namespace musterd
