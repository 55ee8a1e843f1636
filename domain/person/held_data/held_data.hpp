#pragma once

#include "domain/audit/audit_view.hpp"

/// The data held about a person, as the company hands it out (GDPR, article 15).
namespace musterd {

/// In the order in which they are handed out.
enum class data_category {
  profile,
  user_account,
  role_assignment,
  location_assignment,
  timecard,
  running_job_timer,
  job_timer,
  offboarding_case,
  sign_in_session,
  audit_about_person,
  audit_about_user,
  audit_by_user
};
BOOST_DESCRIBE_ENUM(data_category, profile, user_account, role_assignment, location_assignment, timecard,
                    running_job_timer, job_timer, offboarding_case, sign_in_session, audit_about_person,
                    audit_about_user, audit_by_user)

/// Whose data it is.
struct data_subject {
  musterd::person_uuid person_id;
  /// Absent for a person without a user.
  std::optional<musterd::user_uuid> user_id;
};
BOOST_DESCRIBE_STRUCT(data_subject, (), (person_id, user_id))

/// Who receives it.
struct data_receiver {
  /// Where details of FINANCIAL entries may be shown; nothing: nowhere.
  std::optional<held_places> financial;
};

/// A record, as the routes of its kind show it; other people appear in it by id only.
struct held_record {
  data_category category = data_category::profile;
  raw_json data;
};
BOOST_DESCRIBE_STRUCT(held_record, (), (category, data))

/// Placeholder for a record that this program cannot read.
inline constexpr std::string_view unreadable_record = R"({"unreadable":true})";

/// A page of the records, category by category; follow `next_page_token` for the rest.
struct held_data {
  musterd::person_uuid person_id;
  std::vector<held_record> records;
  std::optional<std::string> next_page_token;
};
BOOST_DESCRIBE_STRUCT(held_data, (), (person_id, records, next_page_token))

/// An audit entry as its subject or actor may see it: without details about others, others' origins, and
/// FINANCIAL details that the receiver may not see.
audit_entry_view view_for(const data_subject& whose, const data_receiver& to, const audit_entry& entry,
                          const recorded_values& values = {});

/// The audit entry of a data export: who received what about whom.
audit_entry data_export_entry(const request_context& ctx, uuid entry_id, const held_data& given);

}  // namespace musterd
