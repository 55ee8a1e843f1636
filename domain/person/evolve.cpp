#include "domain/person/events.hpp"

namespace musterd {
namespace {

struct person_applier {
  person_state& state;

  /// Drops expired sessions whenever a new one is opened.
  void operator()(const session_opened& e) const {
    std::erase_if(state.sessions, [&](const auto& s) { return !s.live_at(e.session.created_at); });
    state.sessions.push_back(e.session);
  }
  void operator()(const session_rotated& e) const {
    for (auto& s : state.sessions)
      if (s.family_id == e.session.family_id)
        s = e.session;
  }
  void operator()(const session_revoked& e) const {
    std::erase_if(state.sessions, [&](const auto& s) { return s.family_id == e.session.family_id; });
  }
  void operator()(const person_created& e) const { state.person = e.person; }
  void operator()(const user_provisioned& e) const {
    state.user = e.user;
    state.assignments = e.assignments;
  }
  void operator()(const password_changed& e) const {
    state.credential_version = e.credential.version;
    state.must_change_password = e.credential.must_change;
  }
  void operator()(const factor_changed& e) const { state.factor = e.factor; }
  void operator()(const access_changed& e) const {
    state.person = e.person;
    state.user = e.user;
  }
  void operator()(const assignment_changed& e) const {
    put(state.assignments, e.after);
    forget_old_endings(state, e.after.updated_at);
  }
  void operator()(const admin_departure&) const {}
  void operator()(const person_erased& e) const {
    state.person = e.person;
    state.user = e.user;
    state.erasure = e.erasure;
    state.sessions.clear();
    state.credential_version = 0;
    state.must_change_password = false;
    state.factor.reset();
  }
  void operator()(const placement_changed& e) const {
    put(state.placements, e.after);
    forget_old_endings(state, e.after.updated_at);
  }

  /// Replaces the earlier version, or appends.
  template <class Record>
  static void put(std::vector<Record>& records, const Record& changed) {
    auto known = std::find_if(records.begin(), records.end(),
                              [&](const auto& r) { return r.assignment_id == changed.assignment_id; });
    if (known == records.end())
      records.push_back(changed);
    else
      *known = changed;
  }
};

/// Only once there are twice as many: sorting costs more than remembering.
template <class Record>
void forget(std::vector<Record>& records, std::optional<timestamp> Record::* end,
            std::optional<timestamp>& since, timestamp now) {
  if (records.size() <= 2 * remembered_endings)
    return;
  std::vector<timestamp> ends;
  for (const auto& r : records)
    if (r.*end && *(r.*end) <= now)
      ends.push_back(*(r.*end));
  if (ends.size() <= remembered_endings)
    return;
  auto first = ends.end() - remembered_endings;
  std::nth_element(ends.begin(), first, ends.end());
  since = std::max(since.value_or(*first), *first);
  std::erase_if(records, [&](const auto& r) { return r.*end && *(r.*end) < *first; });
}

template <class Record>
const Record* find_by_id(const std::vector<Record>& records, decltype(Record::assignment_id) wanted) {
  auto found =
      std::find_if(records.begin(), records.end(), [&](const auto& r) { return r.assignment_id == wanted; });
  return found == records.end() ? nullptr : &*found;
}

}  // namespace

void evolve(person_state& state, const person_event& event) {
  std::visit(person_applier{state}, event);
}

void forget_old_endings(person_state& state, timestamp now) {
  forget(state.assignments, &role_assignment::effective_end_date, state.assignments_since, now);
  forget(state.placements, &location_assignment::effective_end_at, state.placements_since, now);
}

const refresh_family* person_state::find_session(token_family_uuid family) const {
  auto found =
      std::find_if(sessions.begin(), sessions.end(), [&](const auto& s) { return s.family_id == family; });
  return found == sessions.end() ? nullptr : &*found;
}

const role_assignment* person_state::find_assignment(role_assignment_uuid wanted) const {
  return find_by_id(assignments, wanted);
}

const location_assignment* person_state::find_placement(location_assignment_uuid wanted) const {
  return find_by_id(placements, wanted);
}

}  // namespace musterd
