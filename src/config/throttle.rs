//! `[throttle]`: the limits on guessing.

use std::time::Duration;

use super::reading::Reader;
use crate::model::{days, minutes, seconds};

/// `[throttle]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// `throttle.account_failures`: wrong passwords before delays begin; 5.
    pub account_failures: u32,
    /// `throttle.longest_delay`: 15 minutes.
    pub longest_delay: Duration,
    /// `throttle.address_failures`: wrong passwords a minute from one address; 20.
    pub address_failures: u32,
    /// `throttle.second_factor_failures`: wrong codes in 15 minutes; 5.
    pub second_factor_failures: u32,
    /// `throttle.client_failures`: wrong client secrets a minute from one address; 20.
    pub client_failures: u32,
    /// `throttle.device_code_failures`: wrong codes of devices in 15 minutes; 5.
    pub device_code_failures: u32,
    /// `throttle.registrations`: apps registered without a token in an hour from one address; 10.
    pub registrations: u32,
    /// `throttle.all_registrations`: such apps in an hour from everywhere; 100.
    pub all_registrations: u32,
}

impl Throttle {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let any = 1..=1_000_000;
        Self {
            account_failures: reader.take_within(
                "throttle.account_failures",
                5,
                any.clone(),
                "Wrong passwords for an account before each further one has to wait.",
            ),
            longest_delay: reader.take_within(
                "throttle.longest_delay",
                minutes(15),
                seconds(1)..=days(1),
                "The longest such wait.",
            ),
            address_failures: reader.take_within(
                "throttle.address_failures",
                20,
                any.clone(),
                "Wrong passwords a minute from one address.",
            ),
            second_factor_failures: reader.take_within(
                "throttle.second_factor_failures",
                5,
                any.clone(),
                "Wrong second-factor codes for an account in 15 minutes.",
            ),
            client_failures: reader.take_within(
                "throttle.client_failures",
                20,
                any.clone(),
                "Wrong client secrets a minute from one address.",
            ),
            device_code_failures: reader.take_within(
                "throttle.device_code_failures",
                5,
                any.clone(),
                "Wrong codes of devices that one person may type in 15 minutes.",
            ),
            registrations: reader.take_within(
                "throttle.registrations",
                10,
                any.clone(),
                "Apps that one address may register without a token in an hour.",
            ),
            all_registrations: reader.take_within(
                "throttle.all_registrations",
                100,
                any,
                "Apps that all addresses together may register without a token in an hour.",
            ),
        }
    }
}
