#pragma once

#include "common/observation/metrics.hpp"
#include "http/auth/sign_in/worker.hpp"
#include "http/routing/call.hpp"
#include "persistence/audit/verify_audit.hpp"

#include <map>

namespace musterd {

/// Verifies the trail on request, one at a time, on its own thread and connection.
class audit_inspector {
 public:
  audit_inspector(std::string database_url, audit_key key, std::string anchor_file, metrics& counted,
                  std::stop_token cut)
      : url_{std::move(database_url)}, key_{key}, anchors_{std::move(anchor_file)}, counted_{counted},
        cut_{std::move(cut)} {}

  /// Answers the call: 503 if it takes too long.
  void verify(http_call&& call, audit_selection selection);

 private:
  void answer(http_call& call, const audit_selection& selection);
  void show(const audit_selection& of, std::int64_t problems);

  std::string url_;
  audit_key key_;
  audit_anchors anchors_;
  metrics& counted_;
  std::stop_token cut_;
  /// Of each company, on the one thread. A part without problems says nothing of the rest.
  std::map<tenant_uuid, std::int64_t> problems_;
  worker_pool thread_{1, 4};
};

}  // namespace musterd
