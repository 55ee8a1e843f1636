#pragma once

#include "actors/entities.hpp"
#include "domain/kernel/decision.hpp"
#include "http/message/response.hpp"
#include "http/routing/call.hpp"
#include "http/routing/database_route.hpp"

namespace musterd {

/// The part of a command in the request's body: all of it, unless the command says otherwise.
template <class Command>
struct body_of {
  using type = Command;
};
template <class Command>
  requires requires { typename Command::body; }
struct body_of<Command> {
  using type = typename Command::body;
};

/// Fills the members named in the path, and the version of If-Match.
template <class Command>
void fill_from_request(const http_call& call, Command& command, json_errors& errors) {
  for_each_member<Command>([&](auto d) {
    auto& member = command.*d.pointer;
    for (const auto& p : call.matched->parameters)
      if (p.name == camel_name<decltype(d)>)
        errors.in_field(p.name,
                        [&] { read_json(boost::json::value(call.parameter(p.name)), member, errors); });
  });
  if constexpr (requires { command.if_match; }) {
    if (auto version = call.if_match_version())
      command.if_match = *version;
    else
      errors.in_field("If-Match", [&] { errors.add(" must be a version as ETag gives it, such as \"7\"."); });
  }
}

/// The command in a request. The fault names every wrong field: wrong types, and what its `validate` finds.
template <class Command>
outcome<Command> request_from(const http_call& call) {
  using body = typename body_of<Command>::type;
  auto result = outcome<Command>{boost::system::in_place_value};
  json_errors errors;
  body read{};
  if (auto document = read_document(call.body_text(), read, errors); !document)
    return outcome<Command>{boost::system::in_place_error, document.error()};
  if constexpr (std::same_as<body, Command>) {
    *result = std::move(read);
  } else {
    if constexpr (std::derived_from<Command, body>)
      static_cast<body&>(*result) = std::move(read);
    fill_from_request(call, *result, errors);
  }
  if (!errors.empty())
    return outcome<Command>{boost::system::in_place_error, errors.take_fault()};
  if constexpr (std::vector<field_error> found; requires { validate(*result, found); }) {
    validate(*result, found);
    if (!found.empty())
      return outcome<Command>{boost::system::in_place_error, validation_failed(std::move(found))};
  }
  if constexpr (requires { result->status_reason_code; })
    if (auto* attempt = call.respond.attempt())
      attempt->reason_code = result->status_reason_code;
  return result;
}

inline http_response to_response(entity_answer&& answer, bool replayed) {
  http_response response;
  response.status = static_cast<int>(answer.status);
  response.body = std::move(answer.body);
  response.version = answer.resource_version;
  if (answer.status == 204)
    response = no_content();
  response.replayed = replayed;
  if (replayed)
    response.headers.emplace_back("Idempotency-Replayed", "true");
  return response;
}

/// Runs a command on an entity and sends its answer; `refused` is called before a fault is sent.
template <class Command, aggregate A>
void run_command(http_call&& call, entities<A>& on, uuid id, Command command,
                 std::function<void(const http_call&, const fault&)> refused = {}) {
  auto ctx = call.context();
  auto held = std::make_shared<http_call>(std::move(call));
  on.execute(std::move(ctx), id, std::move(command),
             [held, refused = std::move(refused)](entity_answer answer, bool replayed) {
               if (answer.failure && refused)
                 refused(*held, *answer.failure);
               if (answer.failure)
                 held->respond(held->on_record(std::move(*answer.failure)));
               else
                 held->respond(to_response(std::move(answer), replayed));
             });
}

/// A handler for a command on the record that `whose(caller)` names.
template <class Command, aggregate A, class Whose>
handler_fn command_on(entities<A>& on, Whose whose) {
  return [&on, whose](http_call&& call) {
    auto command = request_from<Command>(call);
    if (!command)
      return call.respond(command.error());
    auto id = whose(call.who);
    run_command(std::move(call), on, id, std::move(*command));
  };
}

/// A command on the caller's own record.
template <class Command, aggregate A>
handler_fn on_own(entities<A>& on) {
  return command_on<Command>(on, [](const caller& who) { return who.person.value; });
}

/// A command on the caller's company.
template <class Command, aggregate A>
handler_fn on_company(entities<A>& on) {
  return command_on<Command>(on, [](const caller& who) { return who.tenant.value; });
}

/// A command that names its record: `outcome<uuid> whose(call, command)`, which also refuses what the
/// caller's scope does not cover.
template <class Command, aggregate A, class Whose>
handler_fn on_named(entities<A>& on, Whose whose) {
  return [&on, whose](http_call&& call) {
    auto command = request_from<Command>(call);
    if (!command)
      return call.respond(command.error());
    auto id = whose(std::as_const(call), *command);
    if (!id)
      return call.respond(id.error());
    run_command(std::move(call), on, *id, std::move(*command));
  };
}

/// A command whose record is looked up in the database first: `outcome<uuid> locate(tx, call, command)`,
/// which also refuses what the caller's scope does not cover.
template <class Command, aggregate A, class Locate>
handler_fn on_looked_up(read_pool& reads, entities<A>& on, Locate locate) {
  return [&reads, &on, locate](http_call&& call) {
    auto command = request_from<Command>(call);
    if (!command)
      return call.respond(command.error());
    with_database(std::move(call), reads,
                  [&on, locate, c = std::move(*command)](pqxx::transaction_base& tx, http_call&& found) {
                    auto id = locate(tx, std::as_const(found), c);
                    if (!id)
                      return found.respond(id.error());
                    run_command(std::move(found), on, *id, c);
                  });
  };
}

/// Whether If-Match is honoured.
template <class Command>
inline constexpr bool heeds_if_match = requires(Command c) { c.if_match; };

/// The OpenAPI docs of a command's route, all derived from the command's struct.
template <class Command>
route_docs command_docs(std::string description) {
  constexpr auto faults = faults_of<Command>();
  return {.name = std::string{Command::name},
          .description = std::move(description),
          .request = schema_of<typename body_of<Command>::type>,
          .response = Command::success_status == 204 ? nullptr : schema_of<typename Command::answer>,
          .success = Command::success_status,
          .faults = {faults.begin(), faults.end()},
          .if_match = heeds_if_match<Command>};
}

}  // namespace musterd
