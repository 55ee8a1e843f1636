#include "server/settings/settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, server_settings& s) {
  describe(on, s.database);
  describe(on, s.http);
  describe(on, s.rates);
  describe(on, s.ops);
  describe(on, s.actors);
  describe(on, s.journal);
  describe(on, s.reads);
  describe(on, s.auth);
  describe(on, s.messaging);
  describe(on, s.offboarding);
  describe(on, s.work_execution);
  describe(on, s.audit);
  describe(on, s.retention);
  describe(on, s.log);
  describe(on, s.testing);
}

}  // namespace musterd
