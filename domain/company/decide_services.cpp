#include "domain/access/authority.hpp"
#include "domain/company/commands.hpp"
#include "domain/company/key_sets.hpp"

namespace musterd {
namespace {

/// What a service may do is power over the whole company.
outcome<void> may(const request_context& ctx, const facts& known, power_use use,
                  std::vector<std::string> scopes) {
  return check_authority(ctx, known, use, power_of_keys(std::move(scopes), ctx.now));
}

/// The service of that id, where the caller may do that with all that it may do.
outcome<const service*> service_to(power_use use, service_uuid id, const company_state& state,
                                   const request_context& ctx, const facts& known) {
  const auto* found = state.find_service(id);
  if (found == nullptr)
    return service_not_found;
  if (auto ok = may(ctx, known, use, found->client.scopes); !ok)
    return ok.error();
  return found;
}

/// The service as it is, without secrets that have ended.
service next_service(service s, timestamp now) {
  std::erase_if(s.secrets, [&](const auto& secret) { return !secret.is_live(now); });
  s.client.updated_at = std::max(s.client.updated_at, now);
  ++s.client.version;
  return s;
}

void end(service_secret& secret, timestamp at) {
  secret.ends_at = std::min(secret.ends_at.value_or(at), at);
  ++secret.version;
}

company_events service_events(service_change change, const service& before, const service& after) {
  return events_of<company_event>(service_changed{change, before, after});
}

}  // namespace

company_decision<service_view> decide(const company_state& state, const create_service& c,
                                      const request_context& ctx, const facts& known) {
  const new_service& from = c;
  for (const auto& s : state.services)
    if (s.client.name == from.name)
      return service_name_taken;
  auto scopes = sorted_uniquely(from.scopes);
  if (auto ok = may(ctx, known, power_use::give, scopes); !ok)
    return ok.error();
  service made{{{known.ids.next()}, from.name, from.description, std::move(scopes), ctx.now, ctx.now, {}, 1},
               {}};
  made.secrets.push_back({{known.ids.next()}, made.client.client_id, c.secret_hash, ctx.now, {}, 1});
  auto view = view_of(made);
  return decision{events_of<company_event>(service_changed{service_change::created, {}, std::move(made)}),
                  std::move(view)};
}

company_decision<service_view> decide(const company_state& state, const update_service& c,
                                      const request_context& ctx, const facts& known) {
  const auto* before = state.find_service(c.client_id);
  if (before == nullptr)
    return service_not_found;
  if (auto ok = check_version(before->client.version, c.version, c.if_match); !ok)
    return ok.error();
  auto client = before->client;
  if (c.description)
    client.description = c.description;
  if (c.scopes)
    client.scopes = sorted_uniquely(*c.scopes);
  if (client == before->client)
    return decision{company_events{}, view_of(*before)};
  // What a service is said to be for is believed of all that it may do.
  auto given = client.description == before->client.description
                   ? without(client.scopes, before->client.scopes)
                   : client.scopes;
  if (auto ok = may(ctx, known, power_use::give, std::move(given)); !ok)
    return ok.error();
  auto taken = without(before->client.scopes, client.scopes);
  if (auto ok = may(ctx, known, power_use::take, std::move(taken)); !ok)
    return ok.error();
  auto after = next_service({std::move(client), before->secrets}, ctx.now);
  return decision{service_events(service_change::updated, *before, after), view_of(after)};
}

company_decision<nothing> decide(const company_state& state, const revoke_service& c,
                                 const request_context& ctx, const facts& known) {
  auto before = service_to(power_use::take, c.client_id, state, ctx, known);
  if (!before)
    return before.error();
  auto after = next_service(**before, ctx.now);
  after.client.revoked_at = ctx.now;
  return decision{service_events(service_change::revoked, **before, after), nothing{}};
}

company_decision<service_view> decide(const company_state& state, const add_service_secret& c,
                                      const request_context& ctx, const facts& known) {
  auto before = service_to(power_use::give, c.client_id, state, ctx, known);
  if (!before)
    return before.error();
  auto after = next_service(**before, ctx.now);
  if (after.secrets.size() >= most_live_secrets)
    return too_many_secrets;
  if (c.previous_ends_at)
    for (auto& secret : after.secrets)
      end(secret, std::max(*c.previous_ends_at, ctx.now));
  after.secrets.push_back({{known.ids.next()}, c.client_id, c.secret_hash, ctx.now, {}, 1});
  return decision{service_events(service_change::secret_added, **before, after), view_of(after)};
}

company_decision<nothing> decide(const company_state& state, const end_service_secret& c,
                                 const request_context& ctx, const facts& known) {
  auto before = service_to(power_use::take, c.client_id, state, ctx, known);
  if (!before)
    return before.error();
  auto after = next_service(**before, ctx.now);
  auto found = std::ranges::find_if(after.secrets, [&](const auto& s) { return s.secret_id == c.secret_id; });
  if (found == after.secrets.end())
    return secret_not_found;
  end(*found, ctx.now);
  return decision{service_events(service_change::secret_ended, **before, after), nothing{}};
}

}  // namespace musterd
