#include "common/observation/trace.hpp"
#include "messaging/inbox/consumer.hpp"
#include "messaging/inbox/inbox.hpp"
#include "persistence/sql/database_errors.hpp"

#include <array>
#include <pqxx/pqxx>

/// A message that cannot be handled with others: a transaction of its own, and what follows from how it ends.
namespace musterd {
namespace {

constexpr int collisions_bearable = 3;

trace_scope traced(const received_event& message) {
  return trace_scope{message.event.traceparent, message.event.correlation_id, message.event.occurred_at};
}

}  // namespace

void consumer::handle_alone(const received_event& message, unfit_events& unfit) {
  if (message.from_broker() && locked_keys_.contains(message.owned_key()))
    return postpone(message);
  auto tracing = traced(message);
  failure why;
  switch (attempt(message, why)) {
    case verdict::done: ++stats_.consumed; break;
    case verdict::duplicate: ++stats_.duplicates; break;
    case verdict::parked: ++stats_.parked; break;
    case verdict::locked: return postpone(message);
    case verdict::dead:
      // Died before, but the broker may never have got the copy.
      if (message.from_broker())
        link_->send_to_dead_letters(std::array{consumer_link::dead_copy{&message, "REPEATED", "", {}}});
      ++stats_.duplicates;
      break;
    case verdict::failed_before:
      link_->send_to_retry(message, why.attempts, "REPEATED");
      ++stats_.duplicates;
      break;
    case verdict::failed:
      if (set_aside(message, why))
        break;
      return unfit.push_back({&message, dead_reason::refused, why.error});
    case verdict::contradicts:
      return unfit.push_back(
          {&message, dead_reason::refused, std::string{another_event}, unfitness::contradicted});
    case verdict::no_room: return unfit.push_back(without_room(message));
  }
  link_->acknowledge(message);
}

/// One message in its own transaction. Collisions with other transactions are retried at once.
consumer::verdict consumer::attempt(const received_event& message, failure& why) {
  auto id = message.id(), key = message.owned_key();
  auto claim = claim_of(message);
  bool taken = handler_.takes(message.event.event_type);
  bool forwarded = !handler_.forwards();
  for (int collisions = 0;; ++collisions)
    try {
      auto [limit, tx] = begin();
      auto heads = blocked_heads(tx, spec_.name, {&key, 1});
      auto head = heads.find(key);
      bool blocked = head != heads.end();
      if (blocked && head->second.state == head_state::locked)
        return verdict::locked;
      if (!contradicted_events(tx, spec_.name, {&claim, 1}).empty())
        return verdict::contradicts;
      if (blocked && head->second.event_id != id.id) {
        events parked{&message};
        if (!drop_without_room(tx, parked).empty())
          return verdict::no_room;
        park_messages(tx, spec_.name, parked);
        tx.commit();
        return verdict::parked;
      }
      if (blocked && head->second.state == head_state::dead)
        return verdict::dead;
      if (blocked && failed_before(message, head->second)) {
        why.attempts = head->second.attempts;
        return verdict::failed_before;
      }
      if (!is_of_known_tenant(tx, message)) {
        why = {"TENANT_NOT_FOUND: There is no tenant " + to_string(message.event.tenant_id) + '.', false};
        return verdict::failed;
      }
      bool fresh = taken && !claim_events(tx, spec_.name, {&claim, 1}).empty();
      if (taken && !fresh && !contradicted_events(tx, spec_.name, {&claim, 1}).empty())
        return verdict::contradicts;
      bool forward = fresh && !forwarded;
      if (forward)
        tx.abort();  // hold nothing while waiting for others
      auto handled = forward ? handler_.forward(message.event)
                     : fresh ? handler_.handle(tx, message.event)
                             : outcome<void>{};
      if (handled && forward) {
        forwarded = true;
        continue;
      }
      if (!handled) {
        why = {code_and_message(handled.error()), is_transient(handled.error())};
        return verdict::failed;
      }
      if (blocked && release_key(tx, spec_.name, message))
        next_tick_ = {};  // its successor may run
      tx.commit();
      return fresh ? verdict::done : verdict::duplicate;
    } catch (const std::exception& error) {
      if (is_infrastructure(error, *db_))
        throw;
      if (is_collision(error) && collisions < collisions_bearable)
        continue;
      why = {error.what(), true};
      return verdict::failed;
    }
}

/// Its failure is recorded, but the broker did not take the copy that returns after the delay. Trying now
/// would cost an attempt whenever the broker is away.
bool consumer::failed_before(const received_event& message, const parked_head& head) const {
  return head.state == head_state::retrying && message.from_broker() && message.attempts < head.attempts &&
         static_cast<std::size_t>(head.attempts) <= spec_.retry_delays.size();
}

/// Work for a tenant always leaves something behind, at least a chain of the trail, and any publisher could
/// invent any number of tenants.
bool consumer::is_of_known_tenant(pqxx::transaction_base& tx, const received_event& message) {
  auto tenant = message.event.tenant_id;
  if (known_tenants_.contains(tenant))
    return true;
  if (tx.exec_params("SELECT FROM people.tenant WHERE tenant_id = $1", to_string(tenant)).empty())
    return false;
  known_tenants_.insert(tenant);
  return true;
}

}  // namespace musterd
