#pragma once

#include "actors/aggregate.hpp"
#include "domain/company/directories.hpp"

#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace musterd {

/// Answers an entity would give without a commit. Commits name the version they follow, so the database
/// refuses stale ones; a refusal, or an answer that nothing changes, is held here until a read begun later
/// finds no other version. All held answers share the next read; those decided by the company's roles also
/// wait for its version.
class unconfirmed_answers {
 public:
  struct held {
    caf::typed_response_promise<entity_answer> reply;
    entity_answer answer;
    /// The company whose roles decided it; null: none.
    company_directory_ptr by = nullptr;
  };

  void hold(held answer) {
    next_.push_back(std::move(answer));
    wanted_ = true;
  }
  /// The record may have been changed.
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

  /// Whether the version read is neither the entity's at the start of the read nor one it has committed
  /// since.
  bool is_behind(std::int64_t committed, std::int64_t version) const {
    return committed < read_from_ || committed > version;
  }

  /// Whether any answer of this read needs the company's version.
  bool rely_on_company() const {
    return std::ranges::any_of(being_read_, [](const auto& h) { return h.by != nullptr; });
  }

  /// The answers of this read.
  std::vector<held> end_read() {
    reading_ = false;
    return std::exchange(being_read_, {});
  }

  /// All of them, when the entity ends.
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
