/* advise-dump.c - The configuration as read, in its own syntax.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise.h"

#include <errno.h>
#include "../config/config-parts.h"


gpg_error_t
advise_dump (config_t config, FILE *out)
{
  fprintf (out, "# %s/posternd.conf\n", config->dir);
  conf_dump (config_grammar_posternd.options,
             config_grammar_posternd.sections, config, out);
  fprintf (out, "\n# %s/access.conf\n", config->dir);
  conf_dump (config_grammar_access.options, config_grammar_access.sections,
             config, out);
  if (fflush (out) || ferror (out))
    return gpg_error_from_errno (errno ? errno : EIO);
  return 0;
}
