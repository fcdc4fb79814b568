/* ctl-reload.c - posternctl reload: warn of what looks unwise.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * These are the warnings of posternd --check.  They are found here and not in
 * posternd, which must not wait for the host's firewall.  */

#include "posternctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../advise/advise.h"
#include "../role/spawn.h"

static void
print_warning (const char *text)
{
  fprintf (stderr, "Warning: %s\n", text);
}


void
ctl_warn (const struct ctl_options *opt)
{
  struct advise_firewall how = { spawn_libexec (), NULL, false, 0, false };
  char *dir = realpath (opt->dir, NULL);
  config_t config = NULL;

  if (!dir || config_load (dir, &config, NULL))
    goto leave;                 /* It was changed since.  */
  if (opt->runtime && strcmp (opt->runtime, config->runtime))
    goto leave;                 /* It is not that posternd's.  */
  advise_warnings (config, print_warning);
  how.dir = dir;
  advise_firewall (&how);

 leave:
  free (dir);
  config_release (config);
}
