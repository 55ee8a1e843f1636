#include "tests/amqp/world.hpp"

#include "common/observation/log.hpp"
#include "messaging/amqp/topology.hpp"
#include "persistence/schema/server_role.hpp"
#include "persistence/sql/constraint_faults.hpp"
#include "tests/support/process.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdlib>

namespace musterd::testing {
namespace {

std::string other_database(const std::string& url, const std::string& name) {
  auto query_at = url.find('?');
  auto path_at = url.find('/', url.find("://") + 3);
  auto options = query_at == std::string::npos ? std::string{} : url.substr(query_at);
  return url.substr(0, std::min(path_at, query_at)) + "/" + name + options;
}

void administer(const std::string& sql) {
  pqxx::connection db{needed_environment("MUSTERD_MIGRATION_DATABASE_URL")};
  pqxx::nontransaction tx{db};
  tx.exec(sql);
}

/// One migrated database for the whole run, of which each test gets a copy.
struct template_database {
  template_database() {
    log::configure(std::getenv("MUSTERD_TEST_LOG") ? log::level::debug : log::level::critical);
    administer("CREATE DATABASE " + name);
    prepare_database(other_database(needed_environment("MUSTERD_MIGRATION_DATABASE_URL"), name),
                     other_database(needed_environment("MUSTERD_DATABASE_URL"), name));
  }
  ~template_database() { administer("DROP DATABASE " + name); }
  std::string name =
      fmt::format("amqp_template_{}", uuid::generate().bytes[15] + 1000 * static_cast<int>(::getpid()));
};

/// The tests' own connections are not serviced while a test waits, so they have no heartbeats.
amqp_options unwatched() {
  amqp_options options;
  options.url = world::broker_url();
  options.heartbeat = 0s;
  return options;
}

}  // namespace

world::world() {
  static template_database source;
  auto id = to_string(uuid::generate());
  std::erase(id, '-');
  prefix_ = "t" + id;
  database_ = "amqp_" + id;
  administer(fmt::format("CREATE DATABASE {} TEMPLATE {}", database_, source.name));
  database_url_ = other_database(needed_environment("MUSTERD_DATABASE_URL"), database_);
  db_ = std::make_unique<pqxx::connection>(
      other_database(needed_environment("MUSTERD_MIGRATION_DATABASE_URL"), database_));
  leases_ = std::make_unique<lease_keeper>(database_url_);
  add_tenant();
  auto options = unwatched();
  broker_ = std::make_unique<amqp_connection>(options);
  broker_->open_channel(1);
  broker_->open_channel(2);
  declare_exchanges(*broker_, 1);
  broker_->declare_exchange(1, prefix_, "topic");
}

void world::add_tenant() {
  pqxx::nontransaction{*db_}.exec(fmt::format(
      "INSERT INTO people.tenant (tenant_id, code, name) VALUES ('{0}', '{0}', 'Demo')", to_string(tenant)));
}

world::~world() {
  for (const auto& queue : queues_)
    broker_->delete_queue(1, queue);
  broker_->delete_exchange(1, prefix_);
  leases_.reset();
  db_.reset();
  administer(fmt::format("DROP DATABASE {} WITH (FORCE)", database_));
}

std::string world::broker_url() {
  return needed_environment("MUSTERD_AMQP_URL");
}

consumer_spec world::spec(std::vector<std::chrono::milliseconds> delays) {
  consumer_spec result;
  result.name = result.queue = fmt::format("{}.q{}", prefix_, queues_.size());
  result.bindings = {{prefix_, "#"}};
  result.retry_delays = std::move(delays);
  result.max_body = 4096;
  declare_consumer(*broker_, 1, result);
  queues_.insert(queues_.end(), {result.queue, dead_letter_queue(result)});
  for (std::size_t i = 1; i <= result.retry_delays.size(); ++i)
    queues_.push_back(retry_queue(result, i));
  return result;
}

consumer_options world::consuming() const {
  consumer_options result;
  result.database_url = database_url_;
  result.broker.url = broker_url();
  result.tick = 20ms;
  return result;
}

relay_options world::relaying() {
  relay_options result;
  result.leases = leases_.get();
  result.broker.url = broker_url();
  result.poll = 50ms;
  return result;
}

std::pair<std::string, std::string> world::full_and_open_queue(std::int64_t room) {
  auto full = prefix_ + ".full", open = prefix_ + ".open";
  broker_->declare_queue(1, full, {{"x-max-length", room}, {"x-overflow", "reject-publish"}});
  broker_->bind_queue(1, full, prefix_, "full");
  broker_->declare_queue(1, open, {});
  broker_->bind_queue(1, open, prefix_, "open");
  return {full, open};
}

std::string world::collecting_queue(queue_kind kind) {
  auto name = fmt::format("{}.c{}", prefix_, queues_.size());
  amqp_arguments arguments;
  if (kind != queue_kind::classic)
    arguments["x-queue-type"] = std::string{"quorum"};
  broker_->declare_queue(1, name, arguments);
  broker_->bind_queue(1, name, prefix_, "#");
  queues_.push_back(name);
  return name;
}

outgoing_event world::event(int number, uuid key) const {
  request_context ctx;
  ctx.tenant = tenant;
  ctx.now = wall_clock_now();
  ctx.correlation_id = fmt::format("correlation-{}", number);
  event_route route{"Counted", prefix_, "test.counted.v1"};
  return make_event(ctx, route, event_uuid::generate(), key, fmt::format(R"({{"number":{}}})", number));
}

void world::write(const std::vector<outgoing_event>& events) {
  pqxx::work tx{*db_};
  for (const auto& event : events)
    write_outbox(tx, tenant, event);
  tx.commit();
}

void world::publish(const outgoing_event& event, std::vector<amqp_header> more) {
  auto key = to_string(event.entity_key), id = to_string(event.event_id);
  more.push_back({"key", key});
  amqp_publication message;
  message.exchange = event.exchange;
  message.routing_key = event.routing_key;
  message.body = event.body;
  message.message_id = id;
  message.headers = more;
  broker_->publish(2, message);
}

void world::publish_raw(const std::string& body, const std::string& message_id) {
  amqp_publication message;
  message.exchange = prefix_;
  message.routing_key = "test.raw";
  message.body = body;
  message.message_id = message_id;
  broker_->publish(2, message);
}

std::vector<amqp_delivery> world::take(const std::string& queue, std::size_t count) {
  auto options = unwatched();
  amqp_connection reader{options};
  reader.open_channel(1);
  reader.subscribe(1, queue, "taker");
  std::vector<amqp_delivery> result;
  while (result.size() < count) {
    auto signal = reader.wait(10s);
    auto* delivery = std::get_if<amqp_delivery>(&signal);
    if (!delivery)
      break;
    reader.acknowledge(1, delivery->tag, false);
    result.push_back(std::move(*delivery));
  }
  reader.close();  // or the last acknowledgements would be lost
  return result;
}

std::string world::decide(const uuid& letter, const std::string& verdict) try {
  pqxx::work tx{db()};
  tx.exec_params(
      "INSERT INTO messaging.dead_letter_action (tenant_id, dead_letter_id, verdict, reason, actor, acted_at)"
      " VALUES ($1, $2, $3, CASE $3 WHEN 'DISCARD' THEN 'not needed' END, $1, now())",
      to_string(tenant), to_string(letter), verdict);
  tx.commit();
  return "ok";
} catch (const pqxx::sql_error& e) {
  return fault_from_sql(e.sqlstate(), e.what()).code;
}

std::string world::text(const std::string& sql) {
  pqxx::work tx{*db_};
  auto rows = tx.exec(sql);
  return rows.empty() || rows[0][0].is_null() ? "" : rows[0][0].c_str();
}

std::int64_t world::number(const std::string& sql) {
  return std::stoll(text(sql));
}

recorder::recorder(world& w) {
  pqxx::work tx{w.db()};
  tx.exec("CREATE TABLE effect (nth bigint GENERATED ALWAYS AS IDENTITY, number integer); GRANT INSERT ON "
          "effect TO PUBLIC");
  tx.commit();
}

outcome<void> recorder::handle(pqxx::transaction_base& tx, const event_envelope& event) {
  ++calls_;
  auto number = static_cast<int>(std::stoi(event.payload.text.substr(event.payload.text.find(':') + 1)));
  tx.exec_params("INSERT INTO effect (number) VALUES ($1)", number);
  std::scoped_lock lock{mutex_};
  auto found = failing_.find(number);
  if (found == failing_.end())
    return {};
  return found->second ? unavailable("not now") : conflict("NEVER", "not ever");
}

void recorder::fail(int number, bool transient) {
  std::scoped_lock lock{mutex_};
  failing_[number] = transient;
}

void recorder::heal(int number) {
  std::scoped_lock lock{mutex_};
  failing_.erase(number);
}

}  // namespace musterd::testing
