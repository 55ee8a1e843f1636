#pragma once

#include "common/json/json_read.hpp"
#include "domain/kernel/context.hpp"
#include "http/message/responder.hpp"
#include "http/routing/access/access_control.hpp"
#include "http/routing/request_digest.hpp"
#include "http/routing/route_table.hpp"
#include "persistence/sql/people_scope.hpp"

namespace musterd {

/// A request on its way through a handler: what was asked, by whom, and how to answer.
struct http_call {
  http_request request;
  const route* matched = nullptr;
  /// Empty for `open` routes.
  caller who;
  responder respond;
  /// Outlives the call.
  const request_key* digest_key = nullptr;

  /// Whether the route's template has `{name}`.
  bool has_parameter(std::string_view name) const;
  /// The text of `{name}` in the path. Throws std::logic_error if the route's template lacks it.
  std::string_view parameter(std::string_view name) const;

  /// `{name}` as an id, or a 400 if it is not one.
  template <class Id>
  outcome<Id> id_parameter(std::string_view name) const {
    if (auto parsed = uuid::parse(parameter(name)))
      return Id{*parsed};
    return bad_id_parameter(name);
  }

  /// The body as a described struct; the fault names every wrong field. An empty body reads as {}.
  template <class T>
  outcome<T> body() const {
    return from_json<T>(body_text());
  }
  std::string_view body_text() const {
    return request.body.empty() ? std::string_view{"{}"} : std::string_view{request.body};
  }

  /// The version in `If-Match: "7"`: nullopt if absent or `*`, a fault if it is not a version.
  outcome<std::optional<std::int64_t>> if_match_version() const;

  /// 403 with a `decisionId` that auditors can look up: for handlers that find the caller's scope too narrow.
  fault deny() const;
  /// Records a decision's refusal like `deny` does, its details for auditors only; returns any other fault
  /// unchanged.
  fault on_record(fault why) const;

  /// Whose records the caller is shown. Throws std::logic_error on a route that has not declared that it
  /// shows people, or has several keys.
  people_scope people() const;

  /// The context that travels with the command. A POST with an Idempotency-Key costs a digest of the request.
  request_context context() const;

 private:
  static fault bad_id_parameter(std::string_view name);
};

/// The part of a context that follows from caller and request alone, with or without a command.
request_context context_of(const caller& who, const http_request& request);

/// Checks headers, content type and query names, then runs the route's handler; one that throws leaves a 500.
void run_handler(http_call&& call);

}  // namespace musterd
