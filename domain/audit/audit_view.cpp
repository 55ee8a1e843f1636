#include "domain/audit/audit_view.hpp"

#include "domain/audit/audit_trace.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace musterd {
namespace {

/// The stored values that are as written; fields of the others go into `altered`.
recorded_values sound_values(const audit_entry& entry, const recorded_values& values,
                             std::vector<std::string>& altered) {
  recorded_values result;
  for (const auto& v : check_values(entry.details.text, values))
    if (v.state == value_state::there)
      result.insert(*values.find(v.field));
    else if (v.state == value_state::changed)
      altered.push_back(v.field);
  return result;
}

std::optional<std::string> value_of(const recorded_values& values, std::string_view field) {
  auto known = values.find(field);
  return known == values.end() ? std::nullopt : std::optional{known->second.value};
}

}  // namespace

audit_entry_view view_of(const audit_entry& entry, bool with_payload, const recorded_values& values) {
  audit_entry_view view{entry.entry_id,
                        entry.category,
                        entry.event_type,
                        entry.occurred_at,
                        entry.actor_type,
                        entry.actor_id,
                        entry.subject_type,
                        entry.subject_id,
                        entry.location_id,
                        entry.outcome,
                        entry.reason_code,
                        entry.correlation_id,
                        {},
                        entry.refs,
                        changed_fields(entry.details.text),
                        {},
                        {},
                        {},
                        {}};
  if (auto trace = trace_id_in(entry.details.text); !trace.empty())
    view.trace_id = std::string{trace};
  if (with_payload) {
    auto sound = sound_values(entry, values, view.altered_fields);
    view.client_address = entry.client_address ? entry.client_address : value_of(sound, client_address_field);
    view.user_agent = entry.user_agent ? entry.user_agent : value_of(sound, user_agent_field);
    view.payload = raw_json{has_personal_values(entry.category) ? with_values(entry.details.text, values)
                                                                : entry.details.text};
  }
  return view;
}

std::vector<std::string> changed_fields(std::string_view details) {
  // An export calls this a million times: nothing is allocated one by one.
  unsigned char buffer[8192];
  boost::json::monotonic_resource memory{buffer};
  boost::system::error_code error;
  auto document = boost::json::parse(details, error, &memory);
  const auto* all = error ? nullptr : document.if_object();
  if (all == nullptr)
    return {};
  auto part = [&](std::string_view name) -> const boost::json::object* {
    const auto* found = all->if_contains(name);
    return found != nullptr ? found->if_object() : nullptr;
  };
  const auto *before = part("beforeState"), *after = part("afterState");
  std::vector<std::string> names;
  auto add = [&](const boost::json::object& from, const boost::json::object* unless_same_in) {
    for (const auto& [name, value] : from) {
      const auto* other = unless_same_in != nullptr ? unless_same_in->if_contains(name) : nullptr;
      if (other == nullptr || *other != value)
        names.emplace_back(name);
    }
  };
  if (before == nullptr && after == nullptr) {
    add(*all, nullptr);
    std::erase_if(names, [](const auto& name) { return name == trace_id_field || is_origin(name); });
  }
  if (before != nullptr)
    add(*before, after);
  if (after != nullptr)
    add(*after, before);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace musterd
