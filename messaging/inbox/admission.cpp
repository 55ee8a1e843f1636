#include "common/text/digest.hpp"
#include "messaging/inbox/consumer.hpp"

/// Decides what of a batch is handled at all. Rejected messages block nothing: neither their key, which the
/// sender chose, nor the queue.
namespace musterd {
namespace {

constexpr std::size_t digest_bytes = 16;

std::string not_sealed() {
  return "NOT_SEALED: Only this server publishes such events, and this one does not have its seal. Whoever "
         "retries it vouches for it.";
}

std::string no_tenant(tenant_uuid tenant) {
  return "TENANT_NOT_FOUND: There is no tenant " + to_string(tenant) + '.';
}

}  // namespace

event_claim consumer::claim_of(const received_event& message) const {
  return {message.id(), message.key,
          message.content.empty() ? hex_digest({handler_.content_of(message.event)}, digest_bytes)
                                  : message.content};
}

bool consumer::is_sealed(const received_event& message) const {
  return !spec_.own || !options_.seal ||
         options_.seal->fits(header_text(message.raw, seal_header), header_text(message.raw, key_header),
                             message.raw.body);
}

consumer::admitted consumer::admit(std::vector<received_event>& batch) {
  admitted result;
  events readable;
  std::vector<event_claim> claims;
  for (auto& message : batch)
    if (message.broken)
      result.unfit.push_back({&message, message.broken->reason, message.broken->error});
    else if (!handler_.takes(message.event.event_type))
      result.ignored.push_back(&message);
    else {
      claims.push_back(claim_of(message));
      message.content = claims.back().content;
      readable.push_back(&message);
    }
  if (readable.empty())
    return result;
  auto [limit, tx] = begin();
  auto contradicted = contradicted_events(tx, spec_.name, claims);
  std::optional<std::set<owned_id>> waiting;
  std::map<owned_id, std::string_view> contents;
  for (const auto* message : readable) {
    auto refuse = [&](std::string why, unfitness kind = unfitness::refused) {
      result.unfit.push_back({message, dead_reason::refused, std::move(why), kind});
    };
    if (is_sealed(*message))
      result.sealed = result.sealed || (spec_.own && options_.seal);
    else if (only_sealed_ || result.sealed) {
      // Already parked ones are from before there were seals.
      if (!waiting)
        waiting = waiting_events(tx, spec_.name, claims);
      if (!waiting->contains(message->id())) {
        refuse(not_sealed());
        continue;
      }
    }
    // An ordered event that makes no sense must block its key.
    auto sense = spec_.ordered ? outcome<void>{} : handler_.check(message->event);
    if (!is_of_known_tenant(tx, *message))
      refuse(no_tenant(message->event.tenant_id));
    else if (!sense)
      refuse(code_and_message(sense.error()));
    else if (contradicted.contains(message->id()) ||
             contents.try_emplace(message->id(), message->content).first->second != message->content)
      refuse(std::string{another_event}, unfitness::contradicted);
    else
      result.sound.push_back(message);
  }
  return result;
}

/// From now on unsealed messages are somebody else's.
void consumer::expect_seals() {
  auto [limit, tx] = begin();
  tx.exec_params("INSERT INTO messaging.sealed_consumer (consumer) VALUES ($1) ON CONFLICT DO NOTHING",
                 spec_.name);
  tx.commit();
  only_sealed_ = true;
}

}  // namespace musterd
