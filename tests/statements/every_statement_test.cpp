#include "tests/support/process.hpp"
#include "tests/support/scratch_database.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <regex>
#include <set>

/// The second fence between companies: plans every statement the server sent in earlier tests again; tables
/// with a tenant must be read by it.
namespace musterd::testing {
namespace {

/// A table that a statement containing these words may read across companies, and why.
struct exception {
  std::string_view table;
  std::string_view words;
  std::string_view why;
};
constexpr exception exceptions[]{
    {"audit.chain", "tenant_id FROM audit.chain ORDER BY opened_at",
     "any chain shows whether a key is the trail's"},
    {"audit.export_job", "export_id <> ALL", "exports are written one after another, whoever asked"},
    {"audit.export_job", "PARTITION BY tenant_id", "files are deleted, whosever they are"},
    {"audit.personal_value", "recorded_at < $1::timestamptz", "where a company has something too old"},
    {"messaging.dead_letter", "GROUP BY queue, reason", "a gauge"},
    {"messaging.dead_letter", "messaging.dead_letter_sweep",
     "the sweeper takes letters of all out of the broker"},
    {"messaging.dead_letter", "d.id = ANY ($1::uuid[])", "chosen just before, within the operator's scope"},
    {"messaging.dead_letter", "WITH same AS",
     "the history of one that was found within the operator's scope"},
    {"messaging.dead_letter_action", "WITH same AS", "the same"},
    {"messaging.dead_letter_replay", "finished_at IS NULL ORDER BY created_at", "the replayer works for all"},
    {"messaging.dead_letter_replay_item", "replay_id = $", "of a replay that the replayer knows"},
    {"messaging.outbox", "", "the relay publishes for all, by number"},
    {"messaging.outbox_held", "FROM messaging.outbox WHERE seq",
     "what the relay holds back, of the rows it reads"},
    {"messaging.outbox_held", "messaging.dead_letter_sweep",
     "the sweeper takes letters of all out of the broker"},
    {"messaging.parked_message", "ORDER BY position LIMIT", "a consumer takes whatever may run now"},
    {"messaging.parked_message", "SELECT position FROM heads", "found by company and key just before"},
    {"messaging.parked_message", "SET entity_key = event_id", "a consumer without order lets all of its go"},
    {"journal.record_version",
     "changed_in >=", "a node looks for persons others changed, in whichever company"},
    {"people.company_change", "changed_in >=", "a node looks for what others changed, in whichever company"},
    {"people.location_assignment", "SELECT count(*) FROM people.location_assignment", "a gauge"},
    {"people.offboarding_command", "SELECT count(*)", "a gauge"},
    {"people.offboarding_command", "min(due_at)", "a gauge"},
    {"people.offboarding_case", "due_at <= $1", "of the commands that are due"},
    {"people.offboarding_command", "due_at <= $1", "the scheduler carries out commands of all"},
    {"people.offboarding_trace", "due_at <= $1", "of the commands that are due"},
    {"people.erasure_due", "due_at <=", "whoever left is erased, and erasures that have begun are finished"},
    {"people.erasure_due", "attempts >=", "a gauge"},
    {"people.role_assignment", "GROUP BY r.role_name", "a gauge"},
    {"security.role", "GROUP BY r.role_name", "a gauge"},
    {"security.second_factor", "SELECT EXISTS (SELECT FROM security.second_factor",
     "whether a start without their key would lose any"},
    {"people.tenant", "code = ", "a company is found by its code"},
};

const exception* exception_for(std::string_view table, std::string_view sql) {
  auto found = std::ranges::find_if(
      exceptions, [&](const auto& e) { return e.table == table && sql.find(e.words) != sql.npos; });
  return found == std::end(exceptions) ? nullptr : &*found;
}

/// For a partition, the table it belongs to.
std::string without_month(const std::string& table) {
  static const std::regex month{R"(_(\d{4}_\d{2}|other)$)"};
  return std::regex_replace(table, month, "");
}

/// What a plan reads, and under which conditions.
struct plan_reading {
  /// Alias → table, for tables with a tenant.
  std::map<std::string, std::string> tables;
  std::string conditions;

  plan_reading(const boost::json::value& plan, const std::set<std::string>& with_tenant) {
    read(plan, with_tenant);
  }

  /// Tables whose tenant is compared with nothing, or only with that of other such tables.
  std::set<std::string> read_without_tenant() const {
    static const std::regex join{R"(\b(\w+)\.tenant_id = (\w+)\.tenant_id\b)"},
        mention{R"(\b(\w+)\.tenant_id\b)"};
    std::multimap<std::string, std::string> joined;
    std::string rest;
    auto end = conditions.cbegin();
    for (std::sregex_iterator it{conditions.begin(), conditions.end(), join}, none; it != none; ++it) {
      const auto& pair = *it;
      rest.append(end, pair[0].first);
      end = pair[0].second;
      if (tables.contains(pair[1]) && tables.contains(pair[2])) {
        joined.emplace(pair[1], pair[2]);
        joined.emplace(pair[2], pair[1]);
      } else {
        rest += pair.str();
      }
    }
    rest.append(end, conditions.cend());
    std::set<std::string> bound;
    std::function<void(const std::string&)> bind = [&](const std::string& alias) {
      if (!bound.insert(alias).second)
        return;
      for (auto [it, last] = joined.equal_range(alias); it != last; ++it)
        bind(it->second);
    };
    for (std::sregex_iterator it{rest.begin(), rest.end(), mention}, none; it != none; ++it)
      bind((*it)[1]);
    std::set<std::string> result;
    for (const auto& [alias, table] : tables)
      if (table == "people.tenant" && !bound.contains(alias)) {
        result.insert(table);
        bind(alias);  // rows joined with one company's row are that company's
      }
    for (const auto& [alias, table] : tables)
      if (!bound.contains(alias))
        result.insert(table);
    return result;
  }

 private:
  void read(const boost::json::value& part, const std::set<std::string>& with_tenant) {
    if (const auto* list = part.if_array())
      for (const auto& one : *list)
        read(one, with_tenant);
    const auto* node = part.if_object();
    if (!node)
      return;
    // "ModifyTable" names the table written to; the scan below it finds the rows.
    if (node->contains("Relation Name") && node->at("Node Type") != "ModifyTable") {
      auto table =
          std::string{node->at("Schema").as_string()} + '.' + node->at("Relation Name").as_string().c_str();
      if (with_tenant.contains(table))
        tables[node->at("Alias").as_string().c_str()] = without_month(table);
    }
    for (const auto& [key, value] : *node) {
      std::string_view name{key};
      if (value.is_string() && (name.ends_with("Cond") || name.ends_with("Filter")))
        conditions += std::string{value.as_string()} + '\n';
      read(value, with_tenant);
    }
  }
};

/// Recorded statements have parameters in place of constants, even where the grammar allows none.
std::string with_parameters_where_they_may_be(std::string sql) {
  static const std::regex typed{R"(\b(interval|timestamptz|timestamp|date) (\$\d+))", std::regex::icase};
  static const std::regex field{R"(\bextract\((\$\d+) FROM )", std::regex::icase};
  return std::regex_replace(std::regex_replace(sql, typed, "$2::$1"), field, "date_part($1::text, ");
}

class planner {
 public:
  planner() : db_{database_.owner_url()} {
    test_server{"/nonexistent",
                {{"MUSTERD_DATABASE_URL", database_.url()},
                 {"MUSTERD_MIGRATION_DATABASE_URL", database_.owner_url()}}}
        .run("migrate");
    pqxx::nontransaction tx{db_};
    tx.exec("SET plan_cache_mode = force_generic_plan");
    for (const auto& row :
         tx.exec("SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = "
                 "c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind IN ('r', 'p') "
                 "AND a.attname = 'tenant_id'"))
      with_tenant_.emplace(row[0].c_str());
  }

  /// Tables whose rows it reads for any company.
  std::set<std::string> read_without_tenant(const std::string& sql) {
    prepare(with_parameters_where_they_may_be(sql));
    pqxx::nontransaction tx{db_};
    auto parameters =
        tx.exec("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'p'")[0][0]
            .as<int>();
    std::string nulls;
    for (int i = 0; i < parameters; ++i)
      nulls += i ? ", NULL" : "NULL";
    boost::json::parse_options deep;
    deep.max_depth = 500;
    auto plan = tx.exec(
        fmt::format("EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE p{}", parameters ? '(' + nulls + ')' : ""));
    return plan_reading{boost::json::parse(plan[0][0].c_str(), {}, deep), with_tenant_}.read_without_tenant();
  }

 private:
  /// A former constant of unknown type is text.
  void prepare(std::string sql) {
    static const std::regex untyped{R"(could not determine data type of parameter \$(\d+))"};
    for (std::set<std::string> typed;;)
      try {
        pqxx::nontransaction{db_}.exec("DEALLOCATE ALL");
        pqxx::nontransaction{db_}.exec("PREPARE p AS " + sql);
        return;
      } catch (const pqxx::sql_error& e) {
        std::string why = e.what();
        std::smatch which;
        if (!std::regex_search(why, which, untyped) || !typed.insert(which[1]).second)
          throw;
        auto parameter = which[1].str();
        sql = std::regex_replace(sql, std::regex{"\\$" + parameter + "\\b"}, "$$" + parameter + "::text");
      }
  }

  scratch_database database_;
  pqxx::connection db_;
  std::set<std::string> with_tenant_;
};

/// Statements sent as the server's role, to any database.
std::vector<std::string> statements_sent() {
  pqxx::connection admin{needed_environment("MUSTERD_DATABASE_ADMIN_URL")};
  pqxx::connection server{needed_environment("MUSTERD_DATABASE_URL")};
  pqxx::nontransaction tx{admin};
  tx.exec("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  CHECK_MESSAGE(tx.exec("SELECT dealloc FROM pg_stat_statements_info")[0][0].as<int>() == 0,
                "some were forgotten: raise pg_stat_statements.max (scripts/lib/postgres.sh)");
  std::vector<std::string> result;
  for (const auto& row :
       tx.exec(fmt::format("SELECT DISTINCT query FROM pg_stat_statements WHERE userid = '{}'::regrole "
                           "AND query ~ '(people|security|audit|journal|messaging|workexec)[.]' ORDER BY 1",
                           server.username())))
    result.emplace_back(row[0].c_str());
  return result;
}

}  // namespace

TEST_CASE("tenancy: whatever the server sent reads tables that have a tenant by it") {
  auto sent = statements_sent();
  // Fewer means that the black-box tests have not run here.
  REQUIRE_MESSAGE(sent.size() > 100, "run http_tests first, on services that were started with --statements");
  planner plans;
  std::set<const exception*> met;
  for (const auto& sql : sent) {
    if (sql.starts_with("INSERT") && sql.find("SELECT") == sql.npos)
      continue;  // reads nothing
    CAPTURE(sql);
    try {
      for (const auto& table : plans.read_without_tenant(sql)) {
        const auto* known = exception_for(table, sql);
        CHECK_MESSAGE(known != nullptr, "reads rows of any company: ", table);
        met.insert(known);
      }
    } catch (const pqxx::undefined_column&) {
      // The body of a function, run while its caller was planned: its parameter is no column.
    } catch (const pqxx::sql_error& e) {
      FAIL_CHECK("cannot be planned: ", std::string{e.what()});
    }
  }
  for (const auto& e : exceptions)
    CHECK_MESSAGE(met.contains(&e), "no statement needs this exception any more: ", e.table, ", ", e.words);
}

}  // namespace musterd::testing
