#include "domain/audit/audit_trace.hpp"
#include "domain/person/events.hpp"

#include <fmt/format.h>

namespace musterd {

/// Payload of PersonErased and of its audit entry: ids, but no erased value.
struct erasure_payload {
  person_uuid person_id;
  std::optional<user_uuid> user_id;
  timestamp erased_at;
  uuid erased_by;
};
BOOST_DESCRIBE_STRUCT(erasure_payload, (), (person_id, user_id, erased_at, erased_by))

namespace {

constexpr event_route person_erased_route{"PersonErased", "people.events", "people.person.erased.v1"};

}  // namespace

void add_effects(effects& out, const person_erased& e, const request_context& ctx, id_source& ids) {
  const auto& whose = e.erasure;
  out.write(ctx.tenant, e.person);
  if (e.user)
    out.write(ctx.tenant, *e.user);
  out.write(ctx.tenant, whose);
  auto payload = to_json(erasure_payload{whose.person_id, whose.user_id, whose.erased_at, whose.erased_by});
  auto entry = audit_from(ctx, ids.next(), audit_category::people, "PERSON_ERASED");
  entry.subject_type = "Person";
  entry.subject_id = whose.person_id.value;
  entry.details.text = traced(ctx, payload);
  out.write(ctx.tenant, entry);
  out.write(ctx.tenant,
            make_event(ctx, person_erased_route, {ids.next()}, whose.person_id.value, std::move(payload)));
  out.count("persons_erased_total");
  out.log("person_erased", fmt::format("person {} by {}", to_string(whose.person_id), to_string(ctx.actor)));
}

}  // namespace musterd
