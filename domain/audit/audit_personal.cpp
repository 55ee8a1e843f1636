#include "domain/audit/audit_personal.hpp"

#include "common/text/digest.hpp"
#include "common/text/redaction.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace musterd {
namespace {

constexpr std::string_view owner_member = "of";

bool has_digests(std::string_view details) {
  return details.find(digest_member) != std::string_view::npos;
}

/// Calls `visit(path, name, value)` for the members of the details and of the records in them.
template <class Visit>
void for_each_field(boost::json::object& details, const Visit& visit) {
  for (auto& [name, value] : details)
    if (auto* record = value.if_object(); record != nullptr && !record->contains(digest_member))
      for (auto& [inner, inner_value] : *record)
        visit(std::string{name} + '.' + std::string{inner}, inner, inner_value);
    else
      visit(std::string{name}, name, value);
}

/// The digest and owner in a value, if it holds them.
struct digest_at {
  std::string digest;
  uuid owner;
};
std::optional<digest_at> digest_in(const boost::json::value& value) {
  const auto* object = value.if_object();
  const auto* digest = object ? object->if_contains(digest_member) : nullptr;
  const auto* owner = object ? object->if_contains(owner_member) : nullptr;
  if (digest == nullptr || owner == nullptr || !digest->is_string() || !owner->is_string())
    return std::nullopt;
  auto id = uuid::parse(std::string_view{owner->get_string()});
  return id ? std::optional{digest_at{std::string{digest->get_string()}, *id}} : std::nullopt;
}

/// Redaction once found card numbers in digests too: then what surrounds the marks is compared.
bool is_digest(std::string_view written, std::string_view made) {
  for (bool is_first = true;; is_first = false) {
    auto mark = written.find(redaction_mark);
    auto part = written.substr(0, mark);
    auto found = is_first ? 0 : mark == written.npos ? made.rfind(part) : made.find(part);
    if (found == made.npos || !made.substr(found).starts_with(part))
      return false;
    made.remove_prefix(found + part.size());
    if (mark == written.npos)
      return made.empty();
    written.remove_prefix(mark + redaction_mark.size());
  }
}

value_state value_state_of(const recorded_values::value_type* known, std::string_view name,
                           const digest_at& written) {
  if (known == nullptr)
    return value_state::gone;
  const auto& [salt, value] = known->second;
  return is_digest(written.digest, salted_digest(salt, name, value)) ? value_state::there
                                                                     : value_state::changed;
}

/// Calls `visit(path, owner, state, known, value)` for each digest in the details.
template <class Visit>
void for_each_digest(boost::json::object& details, const recorded_values& values, const Visit& visit) {
  for_each_field(details, [&](std::string path, std::string_view name, auto& value) {
    auto written = digest_in(value);
    if (!written)
      return;
    auto found = values.find(path);
    const auto* known = found == values.end() ? nullptr : &*found;
    visit(std::move(path), written->owner, value_state_of(known, name, *written), known, value);
  });
}

std::optional<boost::json::value> read_details(const std::string& details) {
  boost::system::error_code failed;
  auto document = boost::json::parse(details, failed);
  return failed || !document.is_object() ? std::nullopt : std::optional{std::move(document)};
}

}  // namespace

namespace {

/// Stores values that `is_wanted(name, text)` next to the entry, which keeps a digest of each.
template <class Wanted>
void write_apart(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner, id_source& ids,
                 const Wanted& is_wanted) {
  auto document = boost::json::parse(entry.details.text);
  std::map<std::pair<std::string, std::string>, std::string> salts;
  for_each_field(document.as_object(), [&](std::string path, std::string_view name, auto& value) {
    if (!value.is_string() || !is_wanted(name, std::string_view{value.get_string()}))
      return;
    auto text = redacted(value.get_string());  // as in the entry itself
    auto& salt = salts[{std::string{name}, text}];
    if (salt.empty())
      salt = to_string(ids.next()) + to_string(ids.next());
    value = boost::json::object{{digest_member, salted_digest(salt, name, text)},
                                {owner_member, to_string(owner)}};
    out.write(tenant, personal_value{entry.entry_id, std::move(path), owner, salt, std::move(text),
                                     entry.occurred_at});
  });
  entry.details.text = boost::json::serialize(document);
  out.write(tenant, entry);
}

}  // namespace

bool is_code(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void write_with_personal(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner,
                         std::initializer_list<std::string_view> members, id_source& ids) {
  write_apart(out, tenant, std::move(entry), owner, ids, [members](std::string_view name, std::string_view) {
    return std::find(members.begin(), members.end(), name) != members.end();
  });
}

void write_with_reason(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner, id_source& ids) {
  if (entry.reason_code && !is_code(*entry.reason_code))
    entry.reason_code.reset();
  write_apart(out, tenant, std::move(entry), owner, ids, [](std::string_view name, std::string_view text) {
    return (name == "reasonCode" || name == "changeReasonCode") && !is_code(text);
  });
}

void write_with_origin(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner, id_source& ids) {
  boost::json::object details;
  if (entry.client_address)
    details[client_address_field] = *std::exchange(entry.client_address, std::nullopt);
  if (entry.user_agent)
    details[user_agent_field] = *std::exchange(entry.user_agent, std::nullopt);
  // After them, so that the trace id, which is looked for at the end, stays there.
  auto rest = boost::json::parse(entry.details.text);
  for (const auto& [name, value] : rest.as_object())
    details[name] = value;
  entry.details.text = boost::json::serialize(details);
  write_with_personal(out, tenant, std::move(entry), owner, {client_address_field, user_agent_field}, ids);
}

std::string with_values(const std::string& details, const recorded_values& values) {
  auto document = has_digests(details) ? read_details(details) : std::nullopt;
  if (!document)
    return details;
  for_each_digest(document->get_object(), values,
                  [](const std::string&, uuid, value_state state, const auto* known, auto& value) {
                    if (state == value_state::there)
                      value = known->second.value;
                    else
                      value = boost::json::object{{state == value_state::gone ? "erased" : "altered", true}};
                  });
  return boost::json::serialize(*document);
}

std::vector<checked_value> check_values(const std::string& details, const recorded_values& values) {
  std::vector<checked_value> result;
  auto document = has_digests(details) ? read_details(details) : std::nullopt;
  if (document)
    for_each_digest(document->get_object(), values,
                    [&](std::string path, uuid owner, value_state state, const auto*, auto&) {
                      result.push_back({std::move(path), owner, state});
                    });
  return result;
}

}  // namespace musterd
