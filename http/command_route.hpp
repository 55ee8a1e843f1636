#pragma once

#include "actors/entities.hpp"
#include "http/call.hpp"
#include "http/response.hpp"

namespace musterd {

/// Field rules beyond types, if the command has any (a function `validate` next to it).
template <class Command>
outcome<Command> checked_body(const http_call& call) {
  auto command = call.body<Command>();
  if constexpr (requires(std::vector<field_error>& errors) { validate(*command, errors); }) {
    std::vector<field_error> errors;
    if (command)
      validate(*command, errors);
    if (!errors.empty())
      return outcome<Command>{boost::system::in_place_error, validation_failed(std::move(errors))};
  }
  return command;
}

inline http_response to_response(entity_answer&& answer, bool replayed) {
  http_response response;
  response.status = static_cast<int>(answer.status);
  response.body = std::move(answer.body);
  response.version = answer.resource_version;
  if (replayed)
    response.headers.emplace_back("Idempotency-Replayed", "true");
  return response;
}

/// Runs a command on an entity and answers the call with what it says.
template <class Command, aggregate A>
void run_command(http_call&& call, entities<A>& on, uuid id, Command command) {
  auto ctx = call.context();
  auto respond = std::make_shared<responder>(std::move(call.respond));
  on.execute(std::move(ctx), id, std::move(command), [respond](entity_answer answer, bool replayed) {
    if (answer.failure)
      (*respond)(*answer.failure);
    else
      (*respond)(to_response(std::move(answer), replayed));
  });
}

/// A route's handler for a command on the caller's own record.
template <class Command, aggregate A>
handler_fn own(entities<A>& on) {
  return [&on](http_call&& call) {
    auto command = checked_body<Command>(call);
    if (!command)
      return call.respond(command.error());
    auto person = call.who.person.value;
    run_command(std::move(call), on, person, std::move(*command));
  };
}

/// What the OpenAPI document says of a command's route: everything is in the command's struct.
template <class Command>
route_docs command_docs(std::string summary) {
  return {std::string{Command::name}, std::move(summary),
          schema_of<Command>,         schema_of<typename Command::answer>,
          Command::success_status,    {},
          "application/json"};
}

}  // namespace musterd
