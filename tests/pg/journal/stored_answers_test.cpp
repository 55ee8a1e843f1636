#include "persistence/journal/stored_answers.hpp"

#include "persistence/jobs/purge.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>

namespace musterd::testing {
namespace {

request_context asking(tenant_uuid tenant, uuid actor, const std::string& key) {
  request_context ctx;
  ctx.tenant = tenant;
  ctx.actor = actor;
  ctx.idempotency_key = key;
  return ctx;
}

}  // namespace

TEST_CASE("stored answers: found by tenant, actor and key, exactly as they were given") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto actor = uuid::generate();
  stored_answer given{actor, "key ü\"\\", "digest", 201, R"({"notes":"früh \"x\"\n"})", 7, at_hour(8), {}};
  REQUIRE(commit_one(writer, unit_of(d.tenant, given)) == "ok");
  pqxx::work tx{d.db()};
  auto found = find_stored_answer(tx, asking(d.tenant, actor, given.key));
  REQUIRE(found.has_value());
  CHECK(found->body == given.body);
  CHECK(found->digest == "digest");
  CHECK(found->status == 201);
  CHECK(found->resource_version == 7);
  CHECK(found->created_at == given.created_at);
  CHECK_FALSE(find_stored_answer(tx, asking(d.tenant, actor, "another")).has_value());
  CHECK_FALSE(find_stored_answer(tx, asking(d.tenant, uuid::generate(), given.key)).has_value());
  CHECK_FALSE(find_stored_answer(tx, asking(tenant_uuid::generate(), actor, given.key)).has_value());
}

TEST_CASE("stored answers: forgotten after 24 hours, and the key may be used again [D-8]") {
  migrated_database d;
  journal_writer writer{d.url()};
  auto actor = uuid::generate();
  auto now = wall_clock_now();
  using namespace std::chrono_literals;
  for (auto [key, age] :
       {std::pair{"old", 24h + 1min}, std::pair{"young", 23h + 59min}, std::pair{"new", 0min}})
    REQUIRE(
        commit_one(writer, unit_of(d.tenant, stored_answer{actor, key, "d", 200, "{}", {}, now - age, {}})) ==
        "ok");
  {
    pqxx::work tx{d.db()};
    CHECK(purge_batch(tx, purges::idempotency_keys, 24h) == 1);
    CHECK(purge_batch(tx, purges::idempotency_keys, 24h) == 0);
    CHECK_FALSE(find_stored_answer(tx, asking(d.tenant, actor, "old")).has_value());
    CHECK(find_stored_answer(tx, asking(d.tenant, actor, "young")).has_value());
    tx.commit();
  }
  CHECK(commit_one(writer, unit_of(d.tenant, stored_answer{actor, "old", "d2", 200, "{}", {}, now, {}})) ==
        "ok");
}

}  // namespace musterd::testing
