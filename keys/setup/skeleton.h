/* skeleton.h - The first configuration of a host.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_SKELETON_H
#define POSTERN_KEYS_SKELETON_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/wire/invite.h"
#include "../../common/base/netspec.h"

#define SKELETON_MAX_INTERFACES 16

struct skeleton
{
  const char *dir;
  const char *host;
  const char *state;
  const char *runtime;
  const char *address[INVITE_MAX_ADDRESSES];
  size_t n_addresses;
  const char *interface[SKELETON_MAX_INTERFACES];
  size_t n_interfaces;
  uint16_t port;
  const char *protect;          /* Ports as a request has them; empty: none. */
  char fpr[NETSPEC_FPRLEN + 1];
  const char *encryption_key;   /* The packet of its subkey, in base64.  */
};

/* Write access.conf, then posternd.conf; neither may exist.  */
gpg_error_t skeleton_write (const struct skeleton *conf);

#endif /*POSTERN_KEYS_SKELETON_H*/
