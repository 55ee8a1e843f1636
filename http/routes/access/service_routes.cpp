#include "http/routes/access/service_routes.hpp"

#include "common/text/random_text.hpp"
#include "domain/company/faults.hpp"
#include "http/routing/command_route.hpp"
#include "http/routing/list_query.hpp"
#include "persistence/find/access/find_services.hpp"

namespace musterd {
namespace {

constexpr std::size_t secret_letters = 32;

/// A service and its new secret, which a replayed answer (Idempotency-Key) lacks: it is shown once and not
/// stored.
struct service_with_secret : service_view {
  std::optional<std::string> client_secret;
};
BOOST_DESCRIBE_STRUCT(service_with_secret, (service_view), (client_secret))

outcome<http_response> list_services(pqxx::transaction_base& tx, const http_call& call,
                                     const whole_list& /*all*/, const page_limits& limits) {
  return json_response(200, find_services(tx, call.who.tenant, limits));
}

outcome<http_response> one_service(pqxx::transaction_base& tx, const http_call& call) {
  auto id = call.id_parameter<service_uuid>("clientId");
  if (!id)
    return id.error();
  auto found = find_service(tx, call.who.tenant, *id);
  if (!found)
    return service_not_found;
  return versioned_response(*found);
}

http_response showing(http_response response, const std::string& secret) {
  auto shown = from_json<service_with_secret>(response.body).value();
  shown.client_secret = secret;
  response.body = to_json(shown);
  return response;
}

/// A command that gives a service a secret: made here, hashed off this thread within the caller's share of
/// the queue.
template <class Command>
handler_fn with_new_secret(entities<company_aggregate>& companies, password_hasher& hasher,
                           const hashing_places& places) {
  return [&companies, &hasher, places](http_call&& call) {
    auto command = request_from<Command>(call);
    if (!command)
      return call.respond(command.error());
    auto place = places.take(call.who.tenant, call.who.actor);
    if (!place)
      return call.respond(place.error());
    auto secret = random_text(secret_letters);
    auto held = std::make_shared<http_call>(std::move(call));
    auto good = [](const std::string&) { return std::vector<field_error>{}; };
    hasher.hash(secret, good,
                [&companies, held, secret, command = *command, place = *place](auto hash) mutable {
                  place.reset();
                  if (!hash)
                    return held->respond(hash.error());
                  command.secret_hash = std::move(*hash);
                  companies.execute(held->context(), held->who.tenant.value, std::move(command),
                                    [held, secret](entity_answer answer, bool replayed) {
                                      if (answer.failure)
                                        return held->respond(held->on_record(std::move(*answer.failure)));
                                      auto response = to_response(std::move(answer), replayed);
                                      held->respond(replayed ? std::move(response)
                                                             : showing(std::move(response), secret));
                                    });
                });
  };
}

template <class Command>
route_docs secret_docs(std::string description) {
  auto docs = command_docs<Command>(std::move(description));
  docs.response = schema_of<service_with_secret>;
  return docs;
}

}  // namespace

void service_routes(route_table& on, entities<company_aggregate>& companies, read_pool& reads,
                    password_hasher& hasher, const hashing_places& places) {
  using namespace access;
  auto view = permission_everywhere("security:service:view");
  auto manage = permission_everywhere("security:service:manage");
  auto empower = freshly_signed_in(manage);
  on.get("/api/security/services", view, list_of<whole_list>(reads, list_services),
         list_docs<whole_list, service_view>("listServices", "Services by name."));
  on.post("/api/security/services", empower, with_new_secret<create_service>(companies, hasher, places),
          secret_docs<create_service>("Lets a service in; its secret is shown this once."));
  on.get("/api/security/services/{clientId}", view, from_database(reads, one_service),
         {"getService", "One service.", nullptr, schema_of<service_view>})
      .refused_with({service_not_found});
  on.patch("/api/security/services/{clientId}", empower, on_company<update_service>(companies),
           command_docs<update_service>("Changes what a service may do; its name never changes."));
  on.del("/api/security/services/{clientId}", manage, on_company<revoke_service>(companies),
         command_docs<revoke_service>("Revokes a service for good, and with it its tokens."));
  on.post("/api/security/services/{clientId}/secrets", empower,
          with_new_secret<add_service_secret>(companies, hasher, places),
          secret_docs<add_service_secret>(
              "Gives a service a second secret, shown this once; the first ends when it is told to."));
  on.del("/api/security/services/{clientId}/secrets/{secretId}", manage,
         on_company<end_service_secret>(companies),
         command_docs<end_service_secret>("Ends a secret, and with it the tokens it gave."));
}

}  // namespace musterd
