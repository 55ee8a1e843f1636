#pragma once

#include "actors/journal/journal_client.hpp"
#include "common/time/each_second.hpp"
#include "domain/person/lifecycle/lifecycle_effects.hpp"
#include "persistence/sql/read_pool.hpp"

#include <map>
#include <mutex>

namespace musterd {

/// Writes down every refused attempt to deactivate somebody (S90-AC5): what was refused has no commit
/// of its own to be part of. Of one caller at most `most_per_second`, beyond which only the log knows:
/// whoever may do nothing else shall neither fill the trail nor keep others out of it. Thread-safe.
class deactivation_audit {
 public:
  deactivation_audit(read_pool& reads, const journal_client& commits) : reads_{reads}, commits_{commits} {}

  void refused(refused_deactivation what, request_context ctx);

 private:
  static constexpr int most_per_second = 20;
  static constexpr std::size_t longest_text = 64;

  bool take_turn(const request_context& ctx);
  void write(const refused_deactivation& what, const request_context& ctx) const;

  read_pool& reads_;
  const journal_client& commits_;
  std::mutex mutex_;
  each_second second_;
  std::map<std::pair<tenant_uuid, uuid>, int> this_second_;
};

}  // namespace musterd
