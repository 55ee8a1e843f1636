#include "domain/audit_personal.hpp"

#include "common/digest.hpp"
#include "common/redaction.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace musterd {
namespace {

constexpr std::string_view owner_member = "of";

bool has_digests(std::string_view details) {
  return details.find(digest_member) != std::string_view::npos;
}

/// Calls `visit(path, name, value)` for the members of the details and of their states.
template <class Visit>
void for_each_field(boost::json::object& details, const Visit& visit) {
  for (auto& [name, value] : details)
    visit(std::string{name}, name, value);
  for (std::string_view state : {"beforeState", "afterState"})
    if (auto* found = details.if_contains(state); found != nullptr && found->is_object())
      for (auto& [name, value] : found->get_object())
        visit(std::string{state} + '.' + std::string{name}, name, value);
}

/// The digest and the owner, if that is what the value is.
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

std::optional<boost::json::value> read_details(const std::string& details) {
  boost::system::error_code failed;
  auto document = boost::json::parse(details, failed);
  return failed || !document.is_object() ? std::nullopt : std::optional{std::move(document)};
}

}  // namespace

void write_with_personal(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner,
                         std::initializer_list<std::string_view> members, id_source& ids) {
  auto document = boost::json::parse(entry.details.text);
  std::map<std::pair<std::string, std::string>, std::string> salts;
  for_each_field(document.as_object(), [&](std::string path, std::string_view name, auto& value) {
    if (!value.is_string() || std::find(members.begin(), members.end(), name) == members.end())
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

void write_with_origin(effects& out, tenant_uuid tenant, audit_entry entry, uuid owner, id_source& ids) {
  boost::json::object details;
  if (entry.client_address)
    details[client_address_field] = *std::exchange(entry.client_address, std::nullopt);
  if (entry.user_agent)
    details[user_agent_field] = *std::exchange(entry.user_agent, std::nullopt);
  // Behind them: what is looked for at the end stays there.
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
  for_each_field(document->get_object(), [&](const std::string& path, std::string_view, auto& value) {
    if (!digest_in(value))
      return;
    if (auto known = values.find(path); known != values.end())
      value = known->second.value;
    else
      value = boost::json::object{{"erased", true}};
  });
  return boost::json::serialize(*document);
}

std::vector<checked_value> check_values(const std::string& details, const recorded_values& values) {
  std::vector<checked_value> result;
  auto document = has_digests(details) ? read_details(details) : std::nullopt;
  if (!document)
    return result;
  for_each_field(document->get_object(), [&](std::string path, std::string_view name, auto& value) {
    auto written = digest_in(value);
    if (!written)
      return;
    auto known = values.find(path);
    auto state = known == values.end() ? value_state::gone
                 : salted_digest(known->second.salt, name, known->second.value) == written->digest
                     ? value_state::there
                     : value_state::changed;
    result.push_back({std::move(path), written->owner, state});
  });
  return result;
}

}  // namespace musterd
