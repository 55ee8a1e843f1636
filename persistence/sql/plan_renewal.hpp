#pragma once

#include <pqxx/pqxx>

#include <algorithm>
#include <chrono>

namespace musterd {

/// A plan made while a table is empty, when all its indexes look equally good, lasts until statistics are
/// collected, up to a minute later; with the wrong index each use reads everything added meanwhile. So a
/// connection in use discards its plans after 1 s, 2 s, 4 s and so on, finally every 5 minutes.
class plan_renewal {
 public:
  void before_use(pqxx::connection& db) {
    auto now = clock::now();
    if (now < due_)
      return;
    pqxx::nontransaction{db}.exec("DISCARD PLANS");
    due_ = now + wait_;
    wait_ = std::min<clock::duration>(wait_ * 2, std::chrono::minutes{5});
  }

 private:
  using clock = std::chrono::steady_clock;
  clock::duration wait_ = std::chrono::seconds{1};
  clock::time_point due_ = clock::now() + wait_;
};

}  // namespace musterd
