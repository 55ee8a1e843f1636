#pragma once

#include <chrono>

namespace musterd {

class setting_list;

/// `[retention]`
struct retention_settings {
  std::chrono::days inbox{7};
  /// After they have expired.
  std::chrono::days sign_ins{90};
  std::chrono::days alerts{90};
  /// After they were decided about.
  std::chrono::days dead_letters{90};
  /// After they were completed; zero keeps them.
  std::chrono::days offboardings{0};
  std::chrono::days exports{30};
  /// After somebody left nobody may erase their profile.
  std::chrono::days profile_hold{0};
  /// After somebody left their profile goes by itself; zero keeps it.
  std::chrono::days profiles{0};
  /// Zero keeps them.
  std::chrono::days time_records{0};
  /// Zero keeps them.
  std::chrono::days audit_origins{0};
};

void describe(setting_list& on, retention_settings& s);

}  // namespace musterd
