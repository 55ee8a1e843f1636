#include "persistence/find/find_held_data.hpp"

#include "common/observation/log.hpp"
#include "domain/job_timer/records.hpp"
#include "domain/offboarding/views.hpp"
#include "domain/person/records.hpp"
#include "domain/timecard/state.hpp"
#include "persistence/audit/stored_entry.hpp"
#include "persistence/find/access/find_users.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// Large enough to fill a page in few reads, small enough to bound the memory for large rows.
constexpr std::int64_t rows_read_at_once = 25;
constexpr std::size_t page_bytes = 1024 * 1024;

/// A user without its sign-in secrets.
struct held_user : user_account {
  std::optional<timestamp> password_changed_at;
  /// When the required second factor was enrolled, from its id; nullopt without one.
  std::optional<timestamp> second_factor_since;
};
BOOST_DESCRIBE_STRUCT(held_user, (user_account), (password_changed_at, second_factor_since))

/// A session without the hash of its secret.
struct held_session {
  token_family_uuid family_id;
  user_uuid user_id;
  timestamp created_at{};
  timestamp rotated_at{};
  timestamp expires_at{};
  std::optional<timestamp> revoked_at;
  std::optional<musterd::revoke_reason> revoke_reason;
  std::optional<std::string> client_network;
  std::optional<std::string> user_agent;
};
BOOST_DESCRIBE_STRUCT(held_session, (),
                      (family_id, user_id, created_at, rotated_at, expires_at, revoked_at, revoke_reason,
                       client_network, user_agent))

struct held_case {
  offboarding_case opened;
  std::vector<case_command> commands;
  std::vector<case_history> history;
};
BOOST_DESCRIBE_STRUCT(held_case, (), (opened, commands, history))

struct handing_out {
  const data_subject& whose;
  const data_receiver& to;
  const entry_shown& shown;
};
using read_fn = std::string (*)(const pqxx::row& row, const handing_out& how);

/// In the wire format: the struct's description omits everything else in the row.
template <class Record>
std::string record(const pqxx::row& row, const handing_out&) {
  return to_json(value_from_row<Record>(row[0].as<std::string>()));
}

std::string case_record(const pqxx::row& row, const handing_out&) {
  auto found = value_from_row<held_case>(row[0].as<std::string>());
  case_details result;
  static_cast<case_view&>(result) = view_of(found.opened, found.commands);
  result.history = std::move(found.history);
  return to_json(result);
}

std::string entry_record(const pqxx::row& row, const handing_out& how) {
  auto stored = read_entry(row);
  if (!stored)
    throw std::runtime_error{"an entry of the trail is not as this program writes them"};
  auto view = view_for(how.whose, how.to, stored->entry, stored->personal);
  how.shown(view);
  return to_json(view);
}

/// Where a category's records are. $2 is the owner's id: the person's, or the user's.
class held_source {
 public:
  enum class owner { person, user };

  held_source(data_category what, owner of, std::string_view item, std::string_view from, list_order order,
              read_fn read)
      : what{what}, of{of}, read{read}, order_{std::move(order)},
        name_{fmt::format("held_{}", enum_name(what))},
        rows_{name_, fmt::format(R"(
  SELECT {0}, {1} FROM {2} AND ($3::jsonb IS NULL OR ({3})) ORDER BY {4} LIMIT $4::bigint)",
                                 item, order_.place(), from, order_.behind("$3"), order_.by())} {}

  const data_category what;
  const owner of;
  const read_fn read;

  /// Where the next page begins if the token is of this category; nullopt for another's.
  std::optional<page_start> place_in(std::string_view token) const {
    try {
      return read_page_token(token, name_, order_);
    } catch (const page_token_refused&) {
      return std::nullopt;
    }
  }
  std::string token_behind(const std::string& place) const { return page_token(name_, {1, place}); }

  pqxx::result rows_behind(pqxx::transaction_base& tx, tenant_uuid tenant, uuid whose,
                           const std::optional<page_start>& start, std::int64_t most) const {
    auto behind = start ? std::optional{start->behind} : std::nullopt;
    return rows_.run(tx, to_string(tenant), to_string(whose), behind, most);
  }

 private:
  list_order order_;
  std::string name_;
  statement rows_;
};

using kind = list_order::kind;
using owner = held_source::owner;

list_order newest_entries() {
  return list_order{{{"e.occurred_at", kind::instant}, {"e.entry_id", kind::id}}, true};
}

held_source entries(data_category what, owner of, std::string_view whose) {
  return {what,
          of,
          stored_entry_columns(),
          fmt::format("audit.entry e WHERE e.tenant_id = $1 AND e.{} = $2", whose),
          newest_entries(),
          entry_record};
}

/// Read one after the other; each has an index that begins with its owner.
const std::vector<const held_source*>& sources() {
  static const held_source all[]{
      {data_category::profile, owner::person, "to_jsonb(p) - 'tenant_id'",
       "people.person p WHERE p.tenant_id = $1 AND p.person_id = $2", list_order{{{"p.person_id", kind::id}}},
       record<person>},
      {data_category::user_account, owner::user,
       R"(to_jsonb(u) - 'tenant_id' || jsonb_build_object('password_changed_at', (
            SELECT c.changed_at FROM security.user_credential c
            WHERE c.tenant_id = u.tenant_id AND c.user_id = u.user_id), 'second_factor_since', (
            SELECT to_timestamp(('x' || left(replace(f.factor_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
            FROM security.second_factor f
            WHERE f.tenant_id = u.tenant_id AND f.user_id = u.user_id AND f.status = 'ACTIVE')))",
       "security.app_user u WHERE u.tenant_id = $1 AND u.user_id = $2", list_order{{{"u.user_id", kind::id}}},
       record<held_user>},
      {data_category::role_assignment, owner::user, "to_jsonb(a) - 'tenant_id'",
       "people.role_assignment a WHERE a.tenant_id = $1 AND a.user_id = $2",
       list_order{{{"a.assignment_id", kind::id}}}, record<role_assignment>},
      {data_category::location_assignment, owner::person, "to_jsonb(a) - 'tenant_id'",
       "people.location_assignment a WHERE a.tenant_id = $1 AND a.person_id = $2",
       list_order{{{"a.effective_start_at", kind::instant}, {"a.assignment_id", kind::id}}},
       record<location_assignment>},
      {data_category::timecard, owner::person, R"(jsonb_build_object('card', to_jsonb(t) - 'tenant_id',
         'sessions', coalesce((SELECT jsonb_agg(to_jsonb(s) - 'tenant_id' ORDER BY s.clock_in_at, s.id)
           FROM people.clock_session s WHERE s.tenant_id = t.tenant_id AND s.timecard_id = t.id), '[]'),
         'breaks', coalesce((SELECT jsonb_agg(to_jsonb(b) - 'tenant_id' ORDER BY b.start_time, b.id)
           FROM people.break_record b WHERE b.tenant_id = t.tenant_id AND b.timecard_id = t.id), '[]')))",
       "people.timecard t WHERE t.tenant_id = $1 AND t.person_id = $2",
       list_order{{{"t.work_date", kind::date}, {"t.location_id", kind::id}}}, record<workday>},
      {data_category::running_job_timer, owner::person, "to_jsonb(t) - 'tenant_id'",
       "workexec.job_timer t WHERE t.tenant_id = $1 AND t.technician_id = $2 AND t.status = 'RUNNING'",
       list_order{{{"t.timer_id", kind::id}}}, record<job_timer>},
      {data_category::job_timer, owner::person, "to_jsonb(t) - 'tenant_id'",
       "workexec.job_timer t WHERE t.tenant_id = $1 AND t.technician_id = $2 AND t.end_time IS NOT NULL",
       list_order{{{"t.end_time", kind::instant}, {"t.timer_id", kind::id}}, true}, record<job_timer>},
      {data_category::offboarding_case, owner::user,
       R"(jsonb_build_object('opened', to_jsonb(o) - 'tenant_id',
         'commands', coalesce((SELECT jsonb_agg(to_jsonb(c) - 'tenant_id' ORDER BY c.command_id)
           FROM people.offboarding_command c WHERE c.tenant_id = o.tenant_id AND c.case_id = o.case_id), '[]'),
         'history', coalesce((SELECT jsonb_agg(to_jsonb(h) - 'tenant_id' ORDER BY h.happened_at, h.entry_id)
           FROM people.offboarding_history h WHERE h.tenant_id = o.tenant_id AND h.case_id = o.case_id), '[]')))",
       "people.offboarding_case o WHERE o.tenant_id = $1 AND o.user_id = $2",
       list_order{{{"o.case_id", kind::id}}}, case_record},
      {data_category::sign_in_session, owner::user,
       R"(to_jsonb(f) - ARRAY['tenant_id', 'secret_hash', 'generation',
         'version'] || coalesce((SELECT jsonb_build_object('client_network', o.client_network, 'user_agent', o.user_agent)
           FROM security.session_origin o WHERE o.tenant_id = f.tenant_id AND o.family_id = f.family_id), '{}'))",
       "security.refresh_token_family f WHERE f.tenant_id = $1 AND f.user_id = $2",
       list_order{{{"f.created_at", kind::instant}, {"f.family_id", kind::id}}, true}, record<held_session>},
      entries(data_category::audit_about_person, owner::person, "subject_id"),
      entries(data_category::audit_about_user, owner::user, "subject_id"),
      entries(data_category::audit_by_user, owner::user, "actor_id")};
  static const auto result = [] {
    std::vector<const held_source*> pointers;
    for (const auto& s : all)
      pointers.push_back(&s);
    return pointers;
  }();
  return result;
}

/// One unreadable record must not hide the others.
std::string readable(const held_source& source, const pqxx::row& row, const handing_out& how) {
  try {
    return source.read(row, how);
  } catch (const std::exception& e) {
    log::error({"person", "record_unreadable"}, "{} of {} at {}: {}", enum_name(source.what),
               to_string(how.whose.person_id), row[row.size() - 1].c_str(), e.what());
    return std::string{unreadable_record};
  }
}

const statement user_of_person{
    "user_of_person", "SELECT user_id FROM security.app_user WHERE tenant_id = $1 AND person_id = $2"};

}  // namespace

outcome<data_subject> find_data_subject(pqxx::transaction_base& tx, tenant_uuid tenant,
                                        const people_scope& scope, person_uuid person) {
  if (auto ok = expect_person(tx, tenant, scope, person); !ok)
    return ok.error();
  data_subject result{person, {}};
  if (auto rows = user_of_person.run(tx, to_string(tenant), to_string(person)); !rows.empty())
    result.user_id = user_uuid{uuid::parse(rows[0][0].as<std::string>()).value()};
  return result;
}

void validate(const held_data_limits& limits, std::vector<field_error>& errors) {
  constexpr std::int32_t largest_page = 500;
  if (limits.page_size < 1 || limits.page_size > largest_page)
    errors.push_back({"pageSize", fmt::format("pageSize must be from 1 to {}.", largest_page)});
}

held_data find_held_data(pqxx::transaction_base& tx, tenant_uuid tenant, const data_subject& whose,
                         const data_receiver& to, const held_data_limits& limits, const entry_shown& shown) {
  held_data result{whose.person_id, {}, {}};
  auto from = sources().begin();
  std::optional<page_start> start;
  if (limits.page_token) {
    from = std::find_if(from, sources().end(),
                        [&](const auto* s) { return (start = s->place_in(*limits.page_token)).has_value(); });
    if (from == sources().end())
      throw page_token_refused{};
  }
  std::size_t bytes = 0;
  for (; from != sources().end(); ++from, start.reset()) {
    const auto& source = **from;
    if (source.of == owner::user && !whose.user_id)
      continue;
    auto id = source.of == owner::user ? whose.user_id->value : whose.person_id.value;
    for (bool more = true; more;) {
      auto most =
          std::min(rows_read_at_once, limits.page_size - static_cast<std::int64_t>(result.records.size()));
      auto rows = source.rows_behind(tx, tenant, id, start, most);
      for (const auto& row : rows) {
        result.records.push_back({source.what, {readable(source, row, {whose, to, shown})}});
        bytes += result.records.back().data.text.size();
        start = page_start{1, row[row.size() - 1].as<std::string>()};
        if (bytes >= page_bytes || static_cast<std::int64_t>(result.records.size()) == limits.page_size) {
          result.next_page_token = source.token_behind(start->behind);
          return result;
        }
      }
      more = static_cast<std::int64_t>(rows.size()) == most;
    }
  }
  return result;
}

}  // namespace musterd
