#include "persistence/audit/audit_exporter.hpp"

#include "tests/pg/audit/audit_rows.hpp"
#include "tests/support/deadline.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <thread>

namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

fault transient() {
  return {fault_kind::unavailable, "UNAVAILABLE", "", {}, {}, {}};
}

constexpr lease_times times{1500ms, 150ms, 200ms};
constexpr std::int64_t max_bytes = 20'000;

/// An exporter whose journal first answers as told, then for real.
class clerk {
 public:
  clerk() { company.write_chain(3); }

  /// Requests an export of all entries.
  uuid order() {
    auto [id, code] = try_order(company.rows.tenant, uuid::generate());
    REQUIRE(code == "ok");
    return id;
  }
  std::pair<uuid, std::string> try_order(tenant_uuid tenant, uuid who) {
    export_job job;
    job.export_id = uuid::generate();
    job.requested_by = who;
    job.created_at = wall_clock_now();
    export_request wanted;
    wanted.filters.date_from = job.created_at - std::chrono::hours{24};
    wanted.filters.date_to = job.created_at + std::chrono::hours{24};
    wanted.rights = {held_places{true, {}}, held_places{true, {}}, true};
    job.request.text = to_json(wanted);
    auto writer = company.writer();
    return {job.export_id, commit_one(writer, unit_of(tenant, job))};
  }
  void work() {
    thread_ = std::jthread{[this](const std::stop_token& stop) { exporter.run(stop); }};
  }
  std::string status_of(const uuid& id) {
    return text_of(company.rows.db(),
                   "SELECT status FROM audit.export_job WHERE export_id = '" + to_string(id) + "'");
  }
  bool becomes(const uuid& id, std::string_view status) {
    return becomes_true(30s, [&] { return status_of(id) == status; });
  }

  audited_company company;
  std::deque<fault> refusals;
  std::atomic<int> commits{0};

 private:
  std::optional<fault> commit(const commit_unit& unit) {
    ++commits;
    if (!refusals.empty()) {
      auto refusal = refusals.front();
      refusals.pop_front();
      if (refusal.kind != fault_kind::timeout)
        return refusal;
      commit_one(writer_, unit);  // it was committed, but nobody knows
      return refusal;
    }
    return writer_.commit(std::array{&unit}).front();
  }

  journal_writer writer_{company.writer()};
  lease_keeper leases_{company.rows.url(), times};

 public:
  audit_exporter exporter{leases_,
                          {std::filesystem::path{company.anchor_file}.parent_path() / "exports", 1000,
                           std::chrono::hours{24}, max_bytes},
                          [this](tenant_uuid, commit_unit unit) { return commit(unit); }};

 private:
  std::jthread thread_;
};

}  // namespace

TEST_CASE_FIXTURE(
    clerk, "exporter: an end that cannot be committed is tried again, and the file is not written anew") {
  refusals = {transient(), outcome_unknown()};
  auto id = order();
  work();
  REQUIRE(becomes(id, "DONE"));
  CHECK(becomes_true(30s, [&] { return commits == 3; }));
  CHECK(exporter.stats().rows == 3);
}

TEST_CASE_FIXTURE(clerk,
                  "exporter: an end that the journal refuses is left alone, and the next export is written") {
  refusals = {fault{fault_kind::internal, "INTERNAL_ERROR", "", {}, {}, {}}};
  auto refused = order(), next = order();
  work();
  REQUIRE(becomes(next, "DONE"));
  exporter.notify();
  auto another = order();
  exporter.notify();
  REQUIRE(becomes(another, "DONE"));
  CHECK(status_of(refused) == "RUNNING");
  CHECK(commits == 3);
}

TEST_CASE_FIXTURE(clerk, "exporter: while rows let themselves be waited for, its lease is renewed") {
  auto id = order();
  pqxx::connection other{company.rows.database().owner_url()};
  {
    pqxx::work in_the_way{other};
    in_the_way.exec("LOCK TABLE audit.entry IN ACCESS EXCLUSIVE MODE");
    work();
    // The session that claimed it, long after its lease would have run out.
    CHECK(becomes_true(30s, [&] {
      return company.rows.number(
                 "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                 "application_name = 'musterd exports' AND clock_timestamp() - backend_start > "
                 "'4 s'") == 1;
    }));
    CHECK(company.rows.number("SELECT epoch FROM cluster.lease WHERE role = 'audit-exports' AND until > "
                              "clock_timestamp()") == 1);
    CHECK(status_of(id) == "RUNNING");
  }
  CHECK(becomes(id, "DONE"));
  CHECK(commits == 1);
}

TEST_CASE_FIXTURE(clerk, "exporter: one whose lease is lost leaves the exports to whoever has it next") {
  auto id = order();
  pqxx::connection other{company.rows.database().owner_url()};
  {
    pqxx::work in_the_way{other};
    in_the_way.exec("LOCK TABLE audit.entry IN ACCESS EXCLUSIVE MODE");
    work();
    REQUIRE(becomes(id, "RUNNING"));
    SUBCASE("with its session") {
      in_the_way.exec(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
          "AND application_name = 'musterd exports'");
    }
    SUBCASE("alone") {}
    pqxx::nontransaction{company.rows.db()}.exec(
        "UPDATE cluster.lease SET holder = gen_random_uuid(), epoch = epoch + 1, until = now() + interval '1 "
        "hour' WHERE role = 'audit-exports'");
  }
  auto next = order();
  exporter.notify();
  std::this_thread::sleep_for(2 * times.lasts);
  CHECK(status_of(id) == "RUNNING");
  CHECK(status_of(next) == "QUEUED");
  CHECK(commits == 0);
  pqxx::nontransaction{company.rows.db()}.exec("UPDATE cluster.lease SET until = now()");
  CHECK(becomes(id, "DONE"));
  CHECK(becomes(next, "DONE"));
  CHECK(commits == 2);
  CHECK(exporter.stats().failed == 0);
}

TEST_CASE_FIXTURE(clerk, "exporter: a job that cannot be read fails alone, with its reason, and on record") {
  const struct {
    std::string set, reason;
  } damages[] = {
      {"format = 'XML'", "`format` must be one of CSV, NDJSON."},
      {R"(request = '{"filters": {"category": "MUSIC"}, "rights": 7}')", "2 fields are invalid."},
      {"request = (repeat('[', 200) || repeat(']', 200))::jsonb", ""},
      {"created_at = 'infinity', rows_total = -1", "`created_at` must be an RFC 3339 timestamp."},
  };
  pqxx::nontransaction owner{company.rows.db()};
  owner.exec("ALTER TABLE audit.export_job DROP CONSTRAINT export_job_format_check, "
             "DROP CONSTRAINT export_created_at_a_time");
  std::vector<uuid> damaged;
  for (const auto& damage : damages) {
    damaged.push_back(order());
    owner.exec(fmt::format("UPDATE audit.export_job SET {} WHERE export_id = '{}'", damage.set,
                           to_string(damaged.back())));
  }
  owner.commit();
  auto sound = order();
  work();
  CHECK(becomes(sound, "DONE"));
  for (std::size_t i = 0; i < damaged.size(); ++i) {
    CAPTURE(damages[i].set);
    REQUIRE(becomes(damaged[i], "FAILED"));
    auto failure = text_of(company.rows.db(), "SELECT failure FROM audit.export_job WHERE export_id = '" +
                                                  to_string(damaged[i]) + "'");
    CHECK(failure.starts_with("What was asked for cannot be read: " + damages[i].reason));
    CHECK(company.rows.number("SELECT count(*) FROM audit.entry WHERE event_type = 'AUDIT_EXPORT_FAILED' AND "
                              "subject_id = '" +
                              to_string(damaged[i]) + "'") == 1);
  }
  exporter.notify();
  auto after = order();  // the entries about them can be read
  exporter.notify();
  CHECK(becomes(after, "DONE"));
}

TEST_CASE_FIXTURE(clerk,
                  "exporter: nobody has more than three that are not finished, however many come at once") {
  auto who = uuid::generate();
  std::vector<uuid> open;
  for (int i = 0; i < 3; ++i) {
    auto [id, code] = try_order(company.rows.tenant, who);
    CHECK(code == "ok");
    open.push_back(id);
  }
  CHECK(try_order(company.rows.tenant, who).second == "AUDIT_EXPORTS_OPEN");
  CHECK(try_order(company.rows.tenant, uuid::generate()).second == "ok");
  work();
  for (const auto& id : open)
    REQUIRE(becomes(id, "DONE"));
  CHECK(try_order(company.rows.tenant, who).second == "ok");
}

TEST_CASE_FIXTURE(clerk,
                  "exporter: a company that asks for one waits for one of another's, and not for all") {
  std::vector<uuid> many;
  for (int i = 0; i < 12; ++i)
    many.push_back(order());
  auto one = try_order(tenant_uuid::generate(), uuid::generate()).first;
  work();
  REQUIRE(becomes(one, "DONE"));
  for (const auto& id : many)
    REQUIRE(becomes(id, "DONE"));
  CHECK(company.rows.number(
            "SELECT count(*) FROM audit.export_job j WHERE finished_at < (SELECT finished_at FROM "
            "audit.export_job WHERE export_id = '" +
            to_string(one) + "')") <= 1);
}

TEST_CASE_FIXTURE(clerk, "exporter: a company's files take so much space, and the oldest go first") {
  work();
  std::vector<uuid> ids;
  auto file_of = [&](const uuid& id) {
    export_job job;
    job.export_id = id;
    return exporter.file_of(job);
  };
  auto other = try_order(tenant_uuid::generate(), uuid::generate()).first;
  REQUIRE(becomes(other, "DONE"));
  while (company.rows.number("SELECT coalesce(sum(bytes), 0) FROM audit.export_job") < 3 * max_bytes) {
    ids.push_back(order());
    exporter.notify();
    REQUIRE(becomes(ids.back(), "DONE"));
  }
  exporter.notify();
  CHECK(becomes_true(30s, [&] { return !std::filesystem::exists(file_of(ids.front())); }));
  CHECK(std::filesystem::exists(file_of(ids.back())));
  CHECK(std::filesystem::exists(file_of(other)));
  std::uintmax_t left = 0;
  for (const auto& file : std::filesystem::directory_iterator{file_of(other).parent_path()})
    left += file.file_size();
  CHECK(left <= 2 * max_bytes);
}

TEST_CASE_FIXTURE(clerk, "exporter: one larger than a company's space fails and says so") {
  auto writer = company.writer();
  for (int i = 0; i < 60; ++i) {
    auto entry = entry_of();
    entry.details.text = R"({"note":")" + std::string(9000, 'x') + "\"}";
    REQUIRE(commit_one(writer, unit_of(company.rows.tenant, entry)) == "ok");
  }
  auto id = order();
  work();
  REQUIRE(becomes(id, "FAILED"));
  CHECK(text_of(company.rows.db(),
                "SELECT failure FROM audit.export_job WHERE export_id = '" + to_string(id) + "'") ==
        "The export is larger than 20000 bytes; ask for fewer entries.");
}

TEST_CASE_FIXTURE(clerk,
                  "exporter: one that was taken back while it was written stays so, and its file goes") {
  auto id = order();
  pqxx::connection other{company.rows.database().owner_url()};
  {
    pqxx::work in_the_way{other};
    in_the_way.exec("LOCK TABLE audit.entry IN ACCESS EXCLUSIVE MODE");
    work();
    REQUIRE(becomes(id, "RUNNING"));
    pqxx::nontransaction{company.rows.db()}.exec(
        "UPDATE audit.export_job SET status = 'FAILED', version = version + 1, finished_at = now()");
  }
  export_job job;
  job.export_id = id;
  auto next = order();
  exporter.notify();
  REQUIRE(becomes(next, "DONE"));
  exporter.notify();
  CHECK(becomes_true(30s, [&] { return !std::filesystem::exists(exporter.file_of(job)); }));
  CHECK(status_of(id) == "FAILED");
}

}  // namespace musterd::testing
