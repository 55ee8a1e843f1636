#include "domain/company/decide.hpp"

#include "domain/access/authority.hpp"
#include "domain/company/key_sets.hpp"
#include "domain/kernel/version_check.hpp"

namespace musterd {
namespace {

using fault_or_events = outcome<company_events>;

fault no_such_service() {
  return not_found("SERVICE_NOT_FOUND", "Service not found.");
}

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
    return no_such_service();
  if (auto ok = may(ctx, known, use, found->client.scopes); !ok)
    return ok.error();
  return found;
}

/// The service as it is, without secrets that have ended.
service next_version(service s, timestamp now) {
  std::erase_if(s.secrets, [&](const auto& secret) { return !secret.is_live(now); });
  s.client.updated_at = std::max(s.client.updated_at, now);
  ++s.client.version;
  return s;
}

void end(service_secret& secret, timestamp at) {
  secret.ends_at = std::min(secret.ends_at.value_or(at), at);
  ++secret.version;
}

company_events changed(service_change change, const service& before, service after) {
  return {service_changed{change, before, std::move(after)}};
}

}  // namespace

fault_or_events decide(const company_state& state, const create_service& c, const request_context& ctx,
                       facts& known) {
  const new_service& from = c;
  for (const auto& s : state.services)
    if (s.client.name == from.name)
      return conflict("SERVICE_NAME_TAKEN", "There is a service of this name.");
  auto scopes = sorted_uniquely(from.scopes);
  if (auto ok = may(ctx, known, power_use::give, scopes); !ok)
    return ok.error();
  service made{{{known.ids.next()}, from.name, from.description, std::move(scopes), ctx.now, ctx.now, {}, 1},
               {}};
  made.secrets.push_back({{known.ids.next()}, made.client.client_id, c.secret_hash, ctx.now, {}, 1});
  return company_events{service_changed{service_change::created, {}, std::move(made)}};
}

fault_or_events decide(const company_state& state, const update_service& c, const request_context& ctx,
                       facts& known) {
  const auto* before = state.find_service(c.client_id);
  if (before == nullptr)
    return no_such_service();
  if (auto ok = check_version(before->client.version, c.version, c.if_match); !ok)
    return ok.error();
  auto client = before->client;
  if (c.description)
    client.description = c.description;
  if (c.scopes)
    client.scopes = sorted_uniquely(*c.scopes);
  if (client == before->client)
    return company_events{};
  // What a service is said to be for is believed of all that it may do.
  auto given = client.description == before->client.description
                   ? without(client.scopes, before->client.scopes)
                   : client.scopes;
  if (auto ok = may(ctx, known, power_use::give, std::move(given)); !ok)
    return ok.error();
  auto taken = without(before->client.scopes, client.scopes);
  if (auto ok = may(ctx, known, power_use::take, std::move(taken)); !ok)
    return ok.error();
  auto after = next_version({std::move(client), before->secrets}, ctx.now);
  return changed(service_change::updated, *before, std::move(after));
}

fault_or_events decide(const company_state& state, const revoke_service& c, const request_context& ctx,
                       facts& known) {
  auto before = service_to(power_use::take, c.client_id, state, ctx, known);
  if (!before)
    return before.error();
  auto after = next_version(**before, ctx.now);
  after.client.revoked_at = ctx.now;
  return changed(service_change::revoked, **before, std::move(after));
}

fault_or_events decide(const company_state& state, const add_service_secret& c, const request_context& ctx,
                       facts& known) {
  auto before = service_to(power_use::give, c.client_id, state, ctx, known);
  if (!before)
    return before.error();
  auto after = next_version(**before, ctx.now);
  if (after.secrets.size() >= most_live_secrets)
    return conflict("TOO_MANY_SECRETS", "The service has two secrets; end one of them first.");
  if (c.previous_ends_at)
    for (auto& secret : after.secrets)
      end(secret, std::max(*c.previous_ends_at, ctx.now));
  after.secrets.push_back({{known.ids.next()}, c.client_id, c.secret_hash, ctx.now, {}, 1});
  return changed(service_change::secret_added, **before, std::move(after));
}

fault_or_events decide(const company_state& state, const end_service_secret& c, const request_context& ctx,
                       facts& known) {
  auto before = service_to(power_use::take, c.client_id, state, ctx, known);
  if (!before)
    return before.error();
  auto after = next_version(**before, ctx.now);
  auto found = std::ranges::find_if(after.secrets, [&](const auto& s) { return s.secret_id == c.secret_id; });
  if (found == after.secrets.end())
    return not_found("SECRET_NOT_FOUND", "The service has no such secret, or it has ended.");
  end(*found, ctx.now);
  return changed(service_change::secret_ended, **before, std::move(after));
}

}  // namespace musterd
