#include "persistence/find/find_dead_letters.hpp"

#include "domain/kernel/sql_value.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

constexpr std::string_view letter_columns =
    "d.id AS dead_letter_id, d.state, d.queue, d.consumer, d.reason, d.error, d.event_id, d.event_type, "
    "d.entity_key, d.routing_key, d.correlation_id, d.body IS NOT NULL AS retryable, d.attempts, "
    "d.body_size, "
    "d.first_failed_at, d.dead_at";

/// $1 is the tenant; `code` the parameter with the default tenant's code.
std::string in_scope(std::string_view code) {
  return fmt::format(
      "(d.tenant_id = $1::uuid OR ($1::uuid = (SELECT tenant_id FROM people.tenant WHERE code = {}) "
      "AND NOT EXISTS (SELECT FROM people.tenant t WHERE t.tenant_id = d.tenant_id)))",
      code);
}

const list_statement dead_letters_newest{
    "dead_letters_newest",
    fmt::format("SELECT {} FROM messaging.dead_letter d WHERE {} AND d.state = $5 "
                "AND ($6::text IS NULL OR d.queue = $6) AND ($7::text IS NULL OR d.reason = $7) "
                "AND ($8::text IS NULL OR d.event_type = $8)",
                letter_columns, in_scope("$4")),
    list_order{{{"dead_at", list_order::kind::instant}, {"dead_letter_id", list_order::kind::id}}, true}};

const statement open_dead_letters{
    "open_dead_letters",
    fmt::format(
        "SELECT d.id FROM messaging.dead_letter d WHERE {} AND d.state = 'OPEN' AND d.consumer <> '{}' "
        "AND ($4::text IS NULL OR d.queue = $4) AND ($5::text IS NULL OR d.reason = $5) "
        "AND ($6::text IS NULL OR d.event_type = $6) ORDER BY d.dead_at, d.id LIMIT $3::bigint",
        in_scope("$2"), dead_command_consumer)};

const statement dead_command{"dead_command", R"(
  SELECT command_id FROM people.offboarding_history WHERE tenant_id = $1 AND case_id = $2 AND entry_id = $3)"};

const statement case_users{"case_users", R"(
  SELECT case_id, user_id FROM people.offboarding_case WHERE tenant_id = $1 AND case_id = ANY ($2::uuid[]))"};

const statement dead_letter_by_id{
    "dead_letter_by_id",
    fmt::format("SELECT to_jsonb(l) FROM (SELECT {} FROM messaging.dead_letter d WHERE {} AND d.id = $3) l",
                letter_columns, in_scope("$2"))};

const statement dead_letters_by_ids{
    "dead_letters_by_ids",
    fmt::format(
        "SELECT to_jsonb(l) FROM (SELECT {} FROM messaging.dead_letter d WHERE d.id = ANY ($1::uuid[])) l "
        "ORDER BY l.dead_at, l.dead_letter_id",
        letter_columns)};

/// An event's id is only its producer's claim: the same id from another tenant is another message. The limit
/// bounds the answer, however many letters share an id.
const statement dead_letter_message{"dead_letter_message", R"(
  WITH same AS (
    SELECT o.* FROM messaging.dead_letter d JOIN messaging.dead_letter o ON o.id = d.id
      OR (o.consumer = d.consumer AND o.event_id = d.event_id AND o.tenant_id IS NOT DISTINCT FROM d.tenant_id)
    WHERE d.id = $1)
  SELECT d.headers, coalesce(d.body, messaging.text_of(d.raw_body)),
    translate(encode(d.raw_body, 'base64'), E'\n', ''),
    d.body_size > coalesce(octet_length(d.body), octet_length(d.raw_body)),
    (SELECT jsonb_agg(to_jsonb(h) ORDER BY h.at, h.dead_letter_id) FROM (
       SELECT * FROM (
         SELECT dead_at AS at, 'DIED' AS what, id AS dead_letter_id, error AS reason, NULL::uuid AS actor,
           NULL::uuid AS replay_id FROM same
         UNION ALL
         SELECT a.acted_at, s.state, s.id, a.reason, a.actor, a.replay_id
         FROM same s JOIN messaging.dead_letter_action a ON a.dead_letter_id = s.id) all_of_it
       ORDER BY dead_letter_id = d.id DESC, at DESC LIMIT 100) h)
  FROM messaging.dead_letter d WHERE d.id = $1)"};

constexpr auto open_letters_counted = R"(
  SELECT jsonb_build_object('queue', queue, 'reason', reason, 'letters', count(*))
  FROM messaging.dead_letter WHERE state = 'OPEN' GROUP BY queue, reason)";

template <class T>
std::vector<T> read_all(const pqxx::result& rows) {
  std::vector<T> result;
  for (const auto& row : rows)
    result.push_back(value_from_row<T>(row[0].template as<std::string>()));
  return result;
}

std::optional<std::string> text_or_null(const pqxx::field& f) {
  return f.is_null() ? std::nullopt : std::optional{f.as<std::string>()};
}

void show_body(dead_letter_detail& to, const std::optional<std::string>& text,
               const std::optional<std::string>& base64) {
  bool is_json = text && !to.body_truncated && parse_json(*text).has_value();
  to.body_encoding = is_json ? body_encoding::json : text ? body_encoding::text : body_encoding::base64;
  to.body.text = is_json ? *text : to_json(text ? *text : base64.value_or(""));
}

}  // namespace

page<dead_letter> find_dead_letters(pqxx::transaction_base& tx, const dead_letter_scope& scope,
                                    const dead_letter_filter& wanted, dead_letter_state state,
                                    const page_limits& limits) {
  return dead_letters_newest.read<dead_letter>(tx, scope.tenant, limits, scope.default_tenant,
                                               std::string{enum_name(state)}, filter(wanted.queue),
                                               filter(wanted.reason), filter(wanted.type));
}

std::optional<dead_letter> find_dead_letter(pqxx::transaction_base& tx, const dead_letter_scope& scope,
                                            uuid id) {
  return read_one<dead_letter>(
      dead_letter_by_id.run(tx, to_string(scope.tenant), scope.default_tenant, to_string(id)));
}

std::optional<uuid> find_dead_command(pqxx::transaction_base& tx, tenant_uuid tenant,
                                      const dead_letter& letter) {
  if (letter.consumer != dead_command_consumer || !letter.entity_key)
    return std::nullopt;
  auto rows = dead_command.run(tx, to_string(tenant), to_string(*letter.entity_key),
                               to_string(letter.dead_letter_id));
  return rows.empty() ? std::nullopt : std::optional{uuid::parse(rows[0][0].c_str()).value()};
}

std::map<uuid, uuid> users_of_cases(pqxx::transaction_base& tx, tenant_uuid tenant,
                                    std::span<const dead_letter> letters) {
  std::vector<uuid> keys;
  for (const auto& letter : letters)
    if (letter.entity_key)
      keys.push_back(*letter.entity_key);
  std::map<uuid, uuid> result;
  for (const auto& row : case_users.run(tx, to_string(tenant), array_literal(keys)))
    result[uuid::parse(row[0].c_str()).value()] = uuid::parse(row[1].c_str()).value();
  return result;
}

std::optional<uuid> user_of(const std::map<uuid, uuid>& users_by_case, const dead_letter& letter) {
  auto found = letter.entity_key ? users_by_case.find(*letter.entity_key) : users_by_case.end();
  return found == users_by_case.end() ? std::nullopt : std::optional{found->second};
}

std::vector<dead_letter> read_dead_letters(pqxx::transaction_base& tx, const std::vector<uuid>& ids) {
  return read_all<dead_letter>(dead_letters_by_ids.run(tx, array_literal(ids)));
}

std::vector<uuid> select_open_dead_letters(pqxx::transaction_base& tx, const dead_letter_scope& scope,
                                           const dead_letter_filter& wanted, std::int64_t most) {
  std::vector<uuid> result;
  for (const auto& row :
       open_dead_letters.run(tx, to_string(scope.tenant), scope.default_tenant, most, filter(wanted.queue),
                             filter(wanted.reason), filter(wanted.type)))
    result.push_back(uuid::parse(row[0].c_str()).value());
  return result;
}

std::optional<dead_letter_detail> find_dead_letter_detail(pqxx::transaction_base& tx,
                                                          const dead_letter_scope& scope, uuid id) {
  auto letter = find_dead_letter(tx, scope, id);
  if (!letter)
    return std::nullopt;
  auto row = dead_letter_message.run(tx, to_string(id))[0];
  dead_letter_detail result;
  static_cast<dead_letter&>(result) = std::move(*letter);
  result.headers.text = row[0].as<std::string>();
  result.body_truncated = row[3].as<bool>();
  show_body(result, text_or_null(row[1]), text_or_null(row[2]));
  json_errors errors;
  read_json<naming::row>(parse_json(row[4].as<std::string>()).value(), result.history, errors);
  if (!errors.empty())
    throw std::runtime_error{"the history of a dead letter does not fit its description"};
  return result;
}

std::vector<dead_letter_count> count_open_dead_letters(pqxx::transaction_base& tx) {
  return read_all<dead_letter_count>(tx.exec(open_letters_counted));
}

}  // namespace musterd
