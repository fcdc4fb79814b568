/* firewall.h - The table "inet postern", through libnftables.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A packet to a protected port is dropped in prerouting unless it belongs to
 * an existing connection (and does not begin one), comes from a trusted
 * network, or an element admits it.  Elements carry a timeout that the kernel
 * enforces.  The host's own firewall must stay as it is.  */

#ifndef POSTERN_FIREWALL_H
#define POSTERN_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../../common/base/netspec.h"

typedef struct firewall_s *firewall_t;

/* One port of one address that is open.  */
struct firewall_element
{
  struct net_addr addr;
  uint8_t proto;
  uint16_t port;
  uint16_t bind;                /* Source port; 0: any.  */
  bool once;                    /* Ends with the first connection.  */
  bool admitted;                /* That connection, from BIND.  */
  uint64_t left;                /* Milliseconds; 0: not any longer.  */
};

/* The ports that CONFIG protects are shut to all but what it trusts; CONFIG
   may be released after that.  With TRIAL (seconds) the kernel itself opens
   them again after that time from now on, however often the table is rebuilt,
   unless firewall_keep is called.  Nothing is changed yet.  */
gpg_error_t firewall_new (config_t config, unsigned int trial,
                          firewall_t *r_firewall);
void firewall_release (firewall_t firewall);

/* Make the table again with the N elements, in one transaction: at no moment is
   a port open that should be shut, or a grant missing.  */
gpg_error_t firewall_rebuild (firewall_t firewall,
                              const struct firewall_element *element,
                              size_t n);

/* Set or renew the N elements, or remove those with nothing LEFT; all or
   nothing.  */
gpg_error_t firewall_change (firewall_t firewall,
                             const struct firewall_element *element,
                             size_t n);

/* Give ELEMENT another time, only if it is still there.  */
gpg_error_t firewall_renew (firewall_t firewall,
                            const struct firewall_element *element);

/* True if the kernel has the table, and it is armed.  */
bool firewall_is_there (firewall_t firewall);

/* True if the kernel still has the element.  */
bool firewall_has (firewall_t firewall,
                   const struct firewall_element *element);

/* Return when nftwatch can read every change of the table that was made before
   this call: transactions are strictly ordered, and this is one that changes
   nothing.  */
gpg_error_t firewall_settle (firewall_t firewall);

/* End the trial, and keep the table.  */
gpg_error_t firewall_keep (firewall_t firewall);

/* Remove the table: all ports are open.  */
gpg_error_t firewall_remove (firewall_t firewall);

/* Print the table as it would be, with no grant and no trial, to OUT.  */
gpg_error_t firewall_print (firewall_t firewall, FILE *out);

/* The commands that make that table again, to be freed with gpgrt_free.  */
gpg_error_t firewall_text (firewall_t firewall, char **r_text);
/* Run such commands, in one transaction.  */
gpg_error_t firewall_load (firewall_t firewall, const char *text);

/* What libnftables or the kernel said about the last failure.  */
const char *firewall_message (firewall_t firewall);

/* The ruleset of the whole host as JSON, to be freed with free.  */
gpg_error_t firewall_list (firewall_t firewall, char **r_json);

/* The same for the set of the connections that `once' admitted.  */
gpg_error_t firewall_list_admitted (firewall_t firewall, sa_family_t family,
                                    char **r_json);

#endif /*POSTERN_FIREWALL_H*/
