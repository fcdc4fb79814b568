/* ctl-reload.c - posternctl reload: what looks unwise in what was taken.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The warnings of posternd --check.  They are looked for here and not in
 * posternd, which must not wait for the host's firewall.  */

#include "posternctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "advise.h"
#include "spawn.h"

#define WARNING "Warning: "


/* Print the lines of TEXT that warn, to stderr.  */
static void
print_warnings (char *text)
{
  char *line, *save = NULL;

  for (line = strtok_r (text, "\n", &save); line;
       line = strtok_r (NULL, "\n", &save))
    if (!strncmp (line, WARNING, strlen (WARNING)))
      fprintf (stderr, "%s\n", line);
}


void
ctl_warn (const struct ctl_options *opt)
{
  struct advise_firewall how = { spawn_libexec (), NULL, false, 0, false };
  char *text = NULL, *dir = realpath (opt->dir, NULL);
  config_t config = NULL;
  size_t len = 0;
  int warnings;
  FILE *fp;

  if (!dir || config_load (dir, &config, NULL))
    goto leave;                 /* Changed since.  */
  if (opt->runtime && strcmp (opt->runtime, config->runtime))
    goto leave;                 /* Not that posternd's.  */
  fp = open_memstream (&text, &len);
  if (!fp)
    goto leave;
  advise_report (config, getenv ("SSH_CONNECTION"), time (NULL), fp,
                 &warnings);
  if (!fclose (fp))
    print_warnings (text);
  how.dir = dir;
  advise_firewall (&how);

 leave:
  free (text);
  free (dir);
  config_release (config);
}
