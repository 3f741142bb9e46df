"""The demo: a company on the real engine, a simulated cloud and simulated time, for people who look and for tests."""
