#include "persistence/audit/chain_checker.hpp"

#include <fmt/format.h>

namespace musterd {

chain_checker::chain_checker(const audit_key& key, const chain_head& opening, report_fn report)
    : key_{key}, head_{opening}, previous_{opening.hash}, report_{std::move(report)} {}

chain_checker::chain_checker(const audit_key& key, tenant_uuid tenant, uuid chain_id, std::int64_t first_seq,
                             report_fn report)
    : key_{key}, head_{tenant, chain_id, first_seq - 1, {}}, report_{std::move(report)} {}

void chain_checker::add(row next) {
  window_.push_back(std::move(next));
  settle(false);
}

/// Once nothing matches any more, looking further only takes time.
std::size_t chain_checker::look_ahead() const {
  return problems_ < 100 ? 64 : 1;
}

bool chain_checker::fits(const row& candidate) const {
  return candidate.content && std::any_of(previous_.begin(), previous_.end(), [&](const auto& hash) {
           return hash_of(key_, {head_.tenant, head_.chain_id, head_.seq, hash}, *candidate.content) ==
                  candidate.hash;
         });
}

void chain_checker::accept(const row& taken) {
  ++head_.seq;
  previous_ = {taken.hash};
  auto [from, to] = seen_.equal_range(head_.seq);
  for (auto it = from; it != to; ++it)
    if (it->second != taken.hash) {
      report(audit_problem_kind::changed, taken, "An earlier witness saw another entry here.");
      break;
    }
}

void chain_checker::report(audit_problem_kind kind, const row& about, std::string message) {
  ++problems_;
  report_({kind, head_.chain_id, about.seq, about.entry_id, std::move(message)});
}

void chain_checker::settle(bool all) {
  while (!window_.empty()) {
    auto next = window_.begin();
    bool known = !previous_.empty();
    if (known && !fits(*next)) {
      if (!all && window_.size() < look_ahead())
        return;
      auto limit = window_.begin() + static_cast<std::ptrdiff_t>(std::min(window_.size(), look_ahead()));
      auto found = std::find_if(window_.begin() + 1, limit, [this](const auto& r) { return fits(r); });
      if (found == limit) {
        if (next->seq <= head_.seq) {
          report(audit_problem_kind::inserted, *next, "Another entry has this place in the chain.");
          window_.pop_front();
          continue;
        }
        known = next->seq == head_.seq + 1;
        if (known) {
          report(audit_problem_kind::changed, *next, "The entry is not what was written, or not ours.");
          auto made = next->content
                          ? hash_of(key_, {head_.tenant, head_.chain_id, head_.seq, previous_.front()},
                                    *next->content)
                          : next->hash;
          accept(*next);
          previous_.push_back(made);
          window_.pop_front();
          continue;
        }
      } else {
        next = found;
      }
    }
    if (!known && next->seq > head_.seq + 1) {
      auto first = head_.seq + 1, last = next->seq - 1;
      report(audit_problem_kind::missing, {first, {}, {}, {}},
             first == last ? "An entry is missing."
                           : fmt::format("Entries {} to {} are missing.", first, last));
      head_.seq = last;
    } else if (known && next->seq != head_.seq + 1) {
      report(audit_problem_kind::reordered, *next, fmt::format("The entry belongs at {}.", head_.seq + 1));
    }
    accept(*next);
    window_.erase(next);
  }
}

}  // namespace musterd
