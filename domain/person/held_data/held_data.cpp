#include "domain/person/held_data/held_data.hpp"

#include "domain/audit/audit_trace.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace musterd {
namespace {

struct data_export_audit {
  std::int64_t records = 0;
  std::vector<data_category> categories;
  /// Whether further pages were left.
  bool more = false;
};
BOOST_DESCRIBE_STRUCT(data_export_audit, (), (records, categories, more))

bool reaches(const std::optional<held_places>& reach, const audit_entry& entry) {
  return reach && (entry.location_id ? reach->covers(*entry.location_id) : reach->everywhere);
}

void remove_origins(raw_json& payload) {
  auto document = boost::json::parse(payload.text);
  auto* object = document.if_object();
  if (object == nullptr)
    return;
  for (auto field : {client_address_field, user_agent_field})
    object->erase(field);
  payload.text = boost::json::serialize(document);
}

}  // namespace

audit_entry_view view_for(const data_subject& whose, const data_receiver& to, const audit_entry& entry,
                          const recorded_values& values) {
  bool about = entry.subject_id == whose.person_id.value ||
               (whose.user_id && entry.subject_id == whose.user_id->value);
  bool by = whose.user_id && entry.actor_id == whose.user_id->value;
  auto view = view_of(entry, true, values);
  if (!about || (entry.category == audit_category::financial && !reaches(to.financial, entry)))
    view.payload.reset();
  if (!by) {
    view.client_address.reset();
    view.user_agent.reset();
    if (view.payload && has_personal_values(entry.category))
      remove_origins(*view.payload);
  }
  return view;
}

audit_entry data_export_entry(const request_context& ctx, uuid entry_id, const held_data& given) {
  auto entry = audit_from(ctx, entry_id, audit_category::people, "PERSON_DATA_EXPORTED");
  entry.subject_type = "Person";
  entry.subject_id = given.person_id.value;
  data_export_audit details{
      static_cast<std::int64_t>(given.records.size()), {}, given.next_page_token.has_value()};
  for (const auto& record : given.records)
    if (details.categories.empty() || details.categories.back() != record.category)
      details.categories.push_back(record.category);
  entry.details.text = traced(ctx, to_json(details));
  return entry;
}

}  // namespace musterd
