#pragma once

#include "domain/audit/audit.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"

#include <initializer_list>
#include <map>

/// Personal values in the trail. The entry, and so its hash, holds only salted digests; values are stored
/// next to it and can be erased without breaking the chain (docs/decisions/0041).
namespace musterd {

struct personal_value {
  audit_entry_uuid entry_id;
  /// Its path in the details: "afterState.firstName", "reason".
  std::string field;
  /// Id of the person or user it belongs to.
  uuid owner_id;
  std::string salt;
  std::string value;
  /// The entry's `occurred_at`.
  timestamp recorded_at{};
};
BOOST_DESCRIBE_STRUCT(personal_value, (), (entry_id, field, owner_id, salt, value, recorded_at))
template <>
struct table_of<personal_value> : insert_table<"audit.personal_value", "entry_id, field"> {};

/// True for "RESIGNATION", false for free text.
bool is_code(std::string_view text);

/// Whether details of such entries hold digests of ours. FINANCIAL details belong to their producers,
/// whatever they contain.
inline bool has_personal_values(audit_category category) {
  return category != audit_category::financial;
}

/// Writes the entry, storing these members of its details, or of records in them, next to it as the owner's.
/// Equal values share a digest, so that they can be seen to be equal. Include all free text: notes, reasons,
/// errors.
void write_with_personal(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner,
                         std::initializer_list<std::string_view> members, id_source& ids);

/// The same for a change's reason unless it is a code: free text in the entry could not be erased.
void write_with_reason(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner, id_source& ids);

/// The same for a request's origin, in entries about sessions and refused requests; the columns for it stay
/// empty.
void write_with_origin(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner, id_source& ids);
inline constexpr std::string_view client_address_field = "clientAddress", user_agent_field = "userAgent";
inline bool is_origin(std::string_view field) {
  return field == client_address_field || field == user_agent_field;
}

/// A value stored next to an entry, by field.
struct recorded_value {
  std::string salt;
  std::string value;
};
BOOST_DESCRIBE_STRUCT(recorded_value, (), (salt, value))
using recorded_values = std::map<std::string, recorded_value, std::less<>>;

/// The details with values in place of digests; `{"erased":true}` for missing, `{"altered":true}` for changed
/// ones.
std::string with_values(const std::string& details, const recorded_values& values);

enum class value_state { there, changed, gone };
/// A digest in the details, checked against the stored value.
struct checked_value {
  std::string field;
  uuid owner_id;
  value_state state = value_state::there;
};
/// Digests that redaction once damaged are compared by what is left of them.
std::vector<checked_value> check_values(const std::string& details, const recorded_values& values);

/// Details without this have no digests.
inline constexpr std::string_view digest_member = "personalDigest";

}  // namespace musterd
