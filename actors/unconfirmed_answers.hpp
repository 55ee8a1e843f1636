#pragma once

#include "actors/aggregate.hpp"
#include "domain/company/directories.hpp"

#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace musterd {

/// What an entity would answer without committing anything. A commit names the version of the record it
/// follows, so the database refuses who is behind; a refusal, or that there is nothing to change, is held
/// here until a read that began later has found no other version. However many are held, they share the next
/// read. What was decided by the company's roles waits for a read of the company's version as well.
class unconfirmed_answers {
 public:
  struct held {
    caf::typed_response_promise<entity_answer> reply;
    entity_answer answer;
    /// Whose roles it was decided by; null: by nobody's.
    company_directory_ptr by = nullptr;
  };

  void hold(held answer) {
    next_.push_back(std::move(answer));
    wanted_ = true;
  }
  /// Somebody says that the record may have been changed.
  void look_again() { wanted_ = true; }

  /// Whether to read now, for an entity at `version`.
  bool begin_read(std::int64_t version) {
    if (reading_ || !wanted_)
      return false;
    reading_ = true;
    wanted_ = false;
    read_from_ = version;
    being_read_.swap(next_);
    return true;
  }

  /// Whether what was read is neither the version the entity had when the read began, nor one that it has
  /// committed since.
  bool is_behind(std::int64_t committed, std::int64_t version) const {
    return committed < read_from_ || committed > version;
  }

  /// Whether the company has to be read for some of those the read is for.
  bool rely_on_company() const {
    return std::ranges::any_of(being_read_, [](const auto& h) { return h.by != nullptr; });
  }

  /// Those the read was for.
  std::vector<held> end_read() {
    reading_ = false;
    return std::exchange(being_read_, {});
  }

  /// All, when the entity ends.
  std::vector<held> give_up() {
    auto all = end_read();
    std::move(next_.begin(), next_.end(), std::back_inserter(all));
    next_.clear();
    return all;
  }

 private:
  std::vector<held> next_, being_read_;
  bool wanted_ = false, reading_ = false;
  std::int64_t read_from_ = 0;
};

}  // namespace musterd
