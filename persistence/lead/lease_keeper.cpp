#include "persistence/lead/lease_keeper.hpp"

#include "common/observation/log.hpp"
#include "domain/kernel/sql_value.hpp"
#include "persistence/sql/connection.hpp"
#include "persistence/sql/dynamic_query.hpp"

namespace musterd {
namespace {

constexpr auto take_sql =
    "UPDATE cluster.lease SET holder = $2::uuid, epoch = epoch + 1, "
    "until = clock_timestamp() + $4::bigint * interval '1 millisecond' "
    "WHERE role = $1 AND (until <= clock_timestamp() OR (holder = $2::uuid AND epoch = $3::bigint)) "
    "RETURNING epoch";
/// Nobody waits for a lease that is being written under by the journal: there is time to try again.
constexpr auto renew_sql = R"(
  WITH ours AS MATERIALIZED (
    SELECT l.role FROM cluster.lease l JOIN unnest($2::text[], $3::bigint[]) AS o (role, epoch) USING (role, epoch)
    WHERE l.holder = $1::uuid AND l.until > clock_timestamp() FOR NO KEY UPDATE OF l SKIP LOCKED)
  UPDATE cluster.lease l SET until = clock_timestamp() + $4::bigint * interval '1 millisecond' FROM ours
  WHERE l.role = ours.role RETURNING l.role, l.epoch)";
constexpr auto give_up_sql =
    "UPDATE cluster.lease SET until = clock_timestamp() WHERE role = $1 AND holder = $2::uuid AND "
    "epoch = $3::bigint AND until > clock_timestamp()";

}  // namespace

lease_keeper::session::session(const std::string& url, const std::stop_token& stop)
    : db{open_connection(url, "SET application_name = 'musterd leases'", stop)},
      interruptible{db->sock(), "musterd leases", stop} {}

lease_keeper::lease_keeper(std::string database_url, lease_times times)
    : url_{std::move(database_url)}, times_{times} {}

std::shared_ptr<lease> lease_keeper::take(pqxx::connection& db, const std::string& role,
                                          std::chrono::milliseconds longest_silence,
                                          const std::optional<lease_term>& before) {
  auto asked = boot_clock::now();
  pqxx::work tx{db};
  tx.exec("SET LOCAL synchronous_commit = on");  // a crash of the database must not forget who leads
  auto taken = run_query(tx, take_sql,
                         {role, to_string(holder_), std::to_string(before ? before->epoch : -1),
                          std::to_string(times_.lasts.count())});
  tx.commit();
  if (taken.empty())
    return nullptr;
  auto ours = std::make_shared<lease>(lease_term{role, holder_, taken[0][0].as<std::int64_t>()},
                                      longest_silence, asked + times_.lasts - times_.margin);
  {
    std::lock_guard lock{mutex_};
    leases_.push_back(ours);
  }
  changed_.notify_one();
  log::info({"leases", "taken"}, "{}: holder {}, epoch {}", role, to_string(holder_), ours->term().epoch);
  return ours;
}

void lease_keeper::give_up(pqxx::connection& db, const lease_term& term) {
  pqxx::nontransaction tx{db};
  run_query(tx, give_up_sql, {term.role, to_string(term.holder), std::to_string(term.epoch)});
}

std::vector<std::shared_ptr<lease>> lease_keeper::alive() {
  std::erase_if(leases_, [](const auto& one) { return one.expired(); });
  std::vector<std::shared_ptr<lease>> result;
  for (const auto& one : leases_)
    if (auto ours = one.lock(); ours && boot_clock::now() - ours->heard_.load() < ours->longest_silence_)
      result.push_back(std::move(ours));
  return result;
}

void lease_keeper::run(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  while (!stop.stop_requested()) {
    changed_.wait(lock, stop, [this] { return !leases_.empty(); });
    changed_.wait_for(lock, stop, times_.renewed_every, [] { return false; });
    auto ours = alive();
    lock.unlock();
    try {
      if (!ours.empty() && !stop.stop_requested())
        renew(ours, stop);
    } catch (const std::exception& e) {
      log::warn({"leases", "not_renewed"}, "{}", e.what());
      session_.reset();
    }
    lock.lock();
  }
}

void lease_keeper::renew(const std::vector<std::shared_ptr<lease>>& these, const std::stop_token& stop) {
  if (!session_)
    session_.emplace(url_, stop);
  std::vector<std::string> roles;
  std::vector<std::int64_t> epochs;
  for (const auto& one : these) {
    roles.push_back(one->term().role);
    epochs.push_back(one->term().epoch);
  }
  auto limit = session_->interruptible.within(times_.lasts);
  auto asked = boot_clock::now();
  pqxx::nontransaction tx{*session_->db};
  for (const auto& row : run_query(tx, renew_sql,
                                   {to_string(holder_), array_literal(roles), array_literal(epochs),
                                    std::to_string(times_.lasts.count())}))
    for (const auto& one : these)
      if (one->term().role == row[0].c_str() && one->term().epoch == row[1].as<std::int64_t>())
        one->good_until_ = asked + times_.lasts - times_.margin;
}

}  // namespace musterd
