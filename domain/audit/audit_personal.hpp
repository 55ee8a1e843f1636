#pragma once

#include "domain/audit/audit.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"

#include <initializer_list>
#include <map>

/// Values of people in the trail. The entry, and so its hash, holds a salted digest of each; the value stands
/// beside it and can be erased without breaking the chain (docs/decisions/0041).
namespace musterd {

struct personal_value {
  audit_entry_uuid entry_id;
  /// Where it belongs in the details: "afterState.firstName", "reason".
  std::string field;
  /// Whose it is: a person's id, or a user's.
  uuid owner_id;
  std::string salt;
  std::string value;
  /// When the entry says it happened.
  timestamp recorded_at{};
};
BOOST_DESCRIBE_STRUCT(personal_value, (), (entry_id, field, owner_id, salt, value, recorded_at))
template <>
struct table_of<personal_value> : insert_table<"audit.personal_value", "entry_id, field"> {};

/// "RESIGNATION", and no words.
bool is_code(std::string_view text);

/// Whose details have digests of ours. Details of FINANCIAL entries are their producers', whatever they say.
inline bool has_personal_values(audit_category category) {
  return category != audit_category::financial;
}

/// Writes the entry, with these members of its details, or of records in them, set apart as the owner's. What
/// is the same before and after has one digest, so that it can be seen to be the same. Whatever somebody may
/// write as they like belongs among them: notes, reasons, errors.
void write_with_personal(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner,
                         std::initializer_list<std::string_view> members, id_source& ids);

/// The same of a change for a reason that somebody gave, as far as it is no code: words could not be erased
/// from the entry itself.
void write_with_reason(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner, id_source& ids);

/// The same of where a request came from, for entries that many a refused stranger leaves behind: the columns
/// for it stay empty.
void write_with_origin(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner, id_source& ids);
inline constexpr std::string_view client_address_field = "clientAddress", user_agent_field = "userAgent";
inline bool is_origin(std::string_view field) {
  return field == client_address_field || field == user_agent_field;
}

/// What stands beside an entry, by field.
struct recorded_value {
  std::string salt;
  std::string value;
};
BOOST_DESCRIBE_STRUCT(recorded_value, (), (salt, value))
using recorded_values = std::map<std::string, recorded_value, std::less<>>;

/// The details with the values in the places of their digests, `{"erased":true}` where they are gone, and
/// `{"altered":true}` where they are not what was written.
std::string with_values(const std::string& details, const recorded_values& values);

enum class value_state { there, changed, gone };
/// A digest in the details, and what stands beside it.
struct checked_value {
  std::string field;
  uuid owner_id;
  value_state state = value_state::there;
};
/// A digest that redaction damaged, as it once did, is compared by what is left of it.
std::vector<checked_value> check_values(const std::string& details, const recorded_values& values);

/// Details without this have no digests.
inline constexpr std::string_view digest_member = "personalDigest";

}  // namespace musterd
