#pragma once

#include "common/fault.hpp"
#include "http/message/request.hpp"
#include "http/routing/access/access_rule.hpp"
#include "http/routing/route_docs.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

struct http_call;
using handler_fn = std::function<void(http_call&& call)>;

struct route {
  verb method;
  /// Such as "/api/people/timecards/{id}".
  std::string path_template;
  access_rule access;
  handler_fn handler;
  route_docs docs;
  /// Position in the table; a stable label for metrics.
  std::size_t index = 0;
  /// Answered even when too many requests are in flight (health, metrics).
  bool even_when_busy = false;
  /// Its handler takes too long for a connection's thread.
  bool apart = false;

  struct parameter {
    std::string name;
    std::uint8_t segment;
  };
  std::vector<parameter> parameters;

  /// For the document: another status of success.
  route& or_answers(int status, schema_fn response) {
    docs.other_successes.push_back({status, response});
    return *this;
  }
  /// For the document: refusals beyond those in its docs.
  route& refused_with(std::span<const known_fault> more) {
    docs.faults.insert(docs.faults.end(), more.begin(), more.end());
    return *this;
  }
  route& refused_with(std::initializer_list<known_fault> more) {
    return refused_with(std::span{more.begin(), more.size()});
  }
};

/// All routes of the server, one line each. Filled at start, read by all threads afterwards.
class route_table {
 public:
  route_table();
  ~route_table();
  route_table(const route_table&) = delete;
  route_table& operator=(const route_table&) = delete;

  route& get(std::string_view path, access_rule access, handler_fn handler, route_docs docs);
  route& post(std::string_view path, access_rule access, handler_fn handler, route_docs docs);
  route& put(std::string_view path, access_rule access, handler_fn handler, route_docs docs);
  route& patch(std::string_view path, access_rule access, handler_fn handler, route_docs docs);
  route& del(std::string_view path, access_rule access, handler_fn handler, route_docs docs);
  /// Throws std::logic_error for a bad template or a duplicate route.
  route& add(verb method, std::string_view path, access_rule access, handler_fn handler, route_docs docs);

  const std::deque<route>& routes() const { return routes_; }

  /// `found` is null for an unknown path (`allow` empty: 404) or method (`allow` filled: 405).
  struct match {
    const route* found = nullptr;
    std::string_view allow;
  };
  match find(verb method, const request_target& target) const;

 private:
  struct node;
  const node* walk(const node& from, const request_target& target, std::size_t depth) const;

  std::deque<route> routes_;
  std::unique_ptr<node> root_;
};

}  // namespace musterd
