#pragma once

#include "tests/http/access/listed_routes.hpp"
#include "tests/http/people/placement_desk.hpp"

/// Two shops with somebody in each, a holder of every permission at the first, and every way to ask about
/// people.
namespace musterd::testing {

/// Somebody of a shop who appears in everything that is listed; all their words and ids.
struct traces {
  std::string mark;
  newcomer who;
  std::vector<std::string> ids;

  /// The first of them found in a text, or nothing.
  std::string in(const std::string& text) const {
    if (text.find(mark) != std::string::npos)
      return mark;
    for (const auto& id : ids)
      if (text.find(id) != std::string::npos)
        return id;
    return {};
  }
};

/// The two shops, on a server of their own.
class two_shops : public placement_desk {
 public:
  two_shops();

  /// Brings in somebody who then works at a shop.
  traces working_at(const std::string& shop);

  std::unique_ptr<visitor> owner = server.signed_in("demo.owner"), holder;
};

/// A read in the OpenAPI document.
struct read_route {
  listed_route route;
  std::vector<std::string> required, optional;
  bool takes_id() const { return route.path.find('{') != std::string::npos; }
};

std::vector<read_route> reads_of(company_server& server);
/// Every way to ask a route about somebody: each id in its path, each filter alone.
std::vector<std::string> ways_to_ask(const read_route& read, const traces& who);
/// The parameters that a route requires: "&from=…".
std::string needed_by(const read_route& read, const traces& who);
/// Whether any way to ask shows `by` a trace of `who`.
bool shows(visitor& by, const read_route& read, const traces& who);

}  // namespace musterd::testing
