#pragma once

#include "bodies.hpp"

namespace florin::notifications {

/// Without what it says and to whom.
NotificationView view_of(const Notification& notification);
NotificationView view_of(const Opened& opened);
TemplateView view_of(const Template& shown);
PreviewView view_of(Words words);

}  // namespace florin::notifications
