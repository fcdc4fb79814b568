/* doctor.h - The checks of postern doctor.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A check looks and reports; it must not repair anything.  */

#ifndef POSTERN_CLIENT_DOCTOR_H
#define POSTERN_CLIENT_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include "../ask/exchange.h"
#include "../profile/host-warnings.h"
#include "../ask/resolve.h"

enum doctor_state
  {
    DOCTOR_OK,
    DOCTOR_NOTE,                /* It may matter, but need not.  */
    DOCTOR_BAD,
    DOCTOR_SKIPPED
  };

/* What a check found.  The texts are to be freed with gpgrt_free.  */
struct doctor_finding
{
  enum doctor_state state;
  char *says;
  char *cure;                   /* NULL if all is well.  */
  int status;                   /* The exit code if this is the cause.  */
};

/* What the checks examine, and what they learn for the checks after
   them.  */
struct doctor
{
  const struct options *options;
  profile_t profile;
  const struct profile_host *host;
  struct host_keys keys;        /* Of the host; once gpg is known to run.  */
  struct resolve_result to;     /* Addresses of the host.  */
  bool blocked;                 /* No request can be made.  */
  bool clock_behind;            /* Whether a key is good is unknown.  */
  bool powerless;               /* The host answers, and allows nothing.  */
};

struct doctor_check
{
  const char *name;
  void (*look) (struct doctor *d, struct doctor_finding *finding);
};

/* The checks in the order of causes; NULL after the last.  */
const struct doctor_check *doctor_check (size_t i);

/* Put a result into FINDING, which takes over SAYS and CURE.  */
void doctor_find (struct doctor_finding *finding, enum doctor_state state,
                  int status, char *says, char *cure);
void doctor_skip (struct doctor_finding *finding, const char *says);

/* Of the network, in doctor-net.c.  */
void doctor_names (struct doctor *d, struct doctor_finding *finding);
void doctor_mtu (struct doctor *d, struct doctor_finding *finding);
void doctor_probe (struct doctor *d, struct doctor_finding *finding);

#endif /*POSTERN_CLIENT_DOCTOR_H*/
