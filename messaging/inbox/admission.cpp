#include "common/observation/log.hpp"
#include "common/text/digest.hpp"
#include "messaging/alerts.hpp"
#include "messaging/inbox/consumer.hpp"
#include "messaging/inbox/dead_letters.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

/// What of a batch is handled at all. What is not has a letter, or at least a copy in the broker, and keeps
/// nothing waiting: neither its key, which its sender chose, nor the queue.
namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t digest_bytes = 16;
constexpr auto between_flood_alerts = 1min;

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
         options_.seal->fits(header_text(message.raw, seal_header), header_text(message.raw, "key"),
                             message.raw.body);
}

consumer::admitted consumer::admit(std::vector<received_event>& batch) {
  admitted result;
  events readable;
  std::vector<event_claim> claims;
  for (auto& message : batch)
    if (message.broken)
      result.those_unfit.push_back({&message, message.broken->reason, message.broken->error});
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
    auto refuse = [&](std::string why) {
      result.those_unfit.push_back({message, dead_reason::refused, std::move(why)});
    };
    if (is_sealed(*message))
      result.sealed = result.sealed || (spec_.own && options_.seal);
    else if (only_sealed_ || result.sealed) {
      // Of before there were seals, and tried before.
      if (!waiting)
        waiting = waiting_events(tx, spec_.name, claims);
      if (!waiting->contains(message->id())) {
        refuse(not_sealed());
        continue;
      }
    }
    if (!is_of_known_tenant(tx, *message))
      refuse(no_tenant(message->event.tenant_id));
    else if (contradicted.contains(message->id()) ||
             contents.try_emplace(message->id(), message->content).first->second != message->content)
      refuse(std::string{another_event});
    else
      result.sound.push_back(message);
  }
  return result;
}

/// From here on what has no seal is somebody else's.
void consumer::expect_seals() {
  auto [limit, tx] = begin();
  query(tx, "INSERT INTO messaging.sealed_consumer (consumer) VALUES ($1) ON CONFLICT DO NOTHING",
        spec_.name);
  tx.commit();
  only_sealed_ = true;
}

/// All in one transaction, and so that a flood of them keeps what is behind it waiting for seconds, not
/// hours.
void consumer::set_aside_unfit(const std::vector<unfit>& those) {
  if (those.empty())
    return;
  std::vector<consumer_link::dead_copy> copies;
  {
    auto [limit, tx] = begin();
    for (const auto& [message, reason, error] : those) {
      copies.push_back({message, enum_name(reason), error, {}});
      auto grant = budget_.take(message->raw.body.size(), clock::now());
      unalerted_ += grant.alert ? 0 : 1;
      if (grant.bytes > 0) {
        copies.back().letter =
            bury(tx, spec_, *message, {reason, error, 1, false, grant.bytes, grant.alert}, stats_);
        continue;
      }
      ++unwritten_;
      ++stats_.dead_lettered[static_cast<std::size_t>(reason)];
    }
    tx.commit();
  }
  log::warn({"consumer", "dead_letters", those.front().message->event.correlation_id},
            "{}: {} messages, such as {} {}: {}", spec_.name, those.size(),
            those.front().message->event.event_type, to_string(those.front().message->event.event_id),
            those.front().error);
  link_->send_to_dead_letters(copies);
  for (const auto& one : those)
    link_->acknowledge(*one.message);
}

void consumer::report_flood() {
  if (unalerted_ == 0 || clock::now() < next_flood_alert_)
    return;
  boost::json::object details{{"queue", spec_.queue},
                              {"consumer", spec_.name},
                              {"withoutAlert", unalerted_},
                              {"onlyInTheBroker", unwritten_}};
  auto [limit, tx] = begin();
  raise_alert(
      tx, {},
      {uuid::generate(),
       alert_severity::critical,
       "DEAD_LETTER_FLOOD",
       fmt::format("{} more messages of {} went to the dead letters, {} of them to the broker's alone.",
                   unalerted_, spec_.queue, unwritten_),
       {boost::json::serialize(details)},
       spec_.name,
       wall_clock_now()},
      stats_);
  tx.commit();
  unalerted_ = unwritten_ = 0;
  next_flood_alert_ = clock::now() + between_flood_alerts;
}

}  // namespace musterd
