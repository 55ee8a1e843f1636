#pragma once

#include "domain/job_timer/records.hpp"

namespace musterd {

/// A job timer actor's state: the technician's latest timer. Earlier ones are only read from the database.
struct job_timer_state {
  person_uuid technician;
  std::optional<job_timer> latest;

  const job_timer* running() const {
    return latest && latest->status == job_timer_status::running ? &*latest : nullptr;
  }
  friend bool operator==(const job_timer_state&, const job_timer_state&) = default;
};

}  // namespace musterd
